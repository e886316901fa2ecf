# Which sources make the minimal library: those of whole rooms, and what saves and loads weights.
set(minimal_rooms base box metric task graph op grad plan cpu nn optim)
set(minimal_files
  io/safetensors.c io/safetensors_write.c
  solve/lbfgs.c solve/minimise.c solve/parameters.c
  train/load_state.c train/load_weights.c train/names.c train/snapshot.c train/weight_map.c train/weights.c)
list(JOIN minimal_rooms "|" minimal_rooms)
list(TRANSFORM minimal_files PREPEND ${PROJECT_SOURCE_DIR}/src/)
set(minimal_sources ${sources})
list(FILTER minimal_sources INCLUDE REGEX "/src/(${minimal_rooms})/")
# Objects in pictures come with the readers of pictures, which are not there.
list(FILTER minimal_sources EXCLUDE REGEX
  "/src/(box/(coco|evaluate)|metric/(boxes|mean_average_precision.*)|nn/loss_detection|task/boxes)\\.c$")
set(sources ${minimal_sources} ${minimal_files})
