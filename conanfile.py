"""Gradus as a Conan package: conan create . """
import re
from pathlib import Path

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class GradusConan(ConanFile):
    name = "gradus"
    description = "Deep learning in C"
    license = "MIT"
    topics = ("deep-learning", "neural-networks", "machine-learning")
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_dnnl": [True, False]}
    default_options = {"with_dnnl": True}
    exports_sources = "CMakeLists.txt", "LICENSE", "gradus.pc.in", "cli/*", "cmake/*", "docs/man/*", "examples/*", \
        "bench/*", "include/*", "recipes/*", "src/*", "tests/CMakeLists.txt", "tools/*-reference.c"

    def set_version(self):
        header = (Path(self.recipe_folder) / "include/gradus/version.h").read_text(encoding="utf-8")
        part = dict(re.findall(r"#define GD_VERSION_(MAJOR|MINOR|PATCH) (\d+)", header))
        self.version = f"{part['MAJOR']}.{part['MINOR']}.{part['PATCH']}"

    def configure(self):
        # C has neither.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def requirements(self):
        self.requires("jansson/2.14")
        self.requires("libyaml/0.2.5")
        self.requires("zlib/[>=1.2.11 <2]")
        if self.options.with_dnnl:
            self.requires("onednn/3.4.2")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.variables["GRADUS_DNNL"] = bool(self.options.with_dnnl)
        toolchain.variables["GRADUS_WERROR"] = "OFF"
        # The build looks for headers and libraries, not for CMake packages.
        roots = [dependency.package_folder for dependency in self.dependencies.host.values()]
        toolchain.variables["CMAKE_PREFIX_PATH"] = ";".join(root.replace("\\", "/") for root in roots if root)
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        self.cpp_info.libs = ["gradus"]
        self.cpp_info.system_libs = ["m", "pthread", "dl"]
        self.cpp_info.set_property("cmake_file_name", "gradus")
        self.cpp_info.set_property("cmake_target_name", "gradus::gradus")
        self.cpp_info.set_property("pkg_config_name", "gradus")
