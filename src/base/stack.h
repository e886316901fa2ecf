// Room on the stack. Kernels keep tiles there, and oneDNN's need is its own; a program's threads may have little.
//
// Ours have plenty. What computes (planning, with its timing of kernels, and running) goes through gd__with_stack,
// which runs it where it was called if there is room, and else in a thread of ours, so that 64 KiB suffice everywhere.
// All other functions of the library keep to frames of a few kB.
#ifndef GD_BASE_STACK_H
#define GD_BASE_STACK_H

#include <pthread.h>

#include <gradus/base.h>

enum {
    GD__STACK_NEED = 512 * 1024,      // what gd__with_stack wants to find
    GD__STACK_SIZE = 4 * 1024 * 1024, // of threads of ours: address space, which costs memory only where it is used
};

// As pthread_create, with a stack of GD__STACK_SIZE. Signals are the program's business: they are blocked there.
int gd__thread_create(pthread_t *thread, void *(*run)(void *argument), void *argument);

// Calls run(argument). Where the caller's stack is short (or none that the system knows, as that of a coroutine), a
// thread of ours makes the call while the caller waits; a failure and its sentence are the caller's all the same.
gd_status gd__with_stack(gd_status (*run)(void *argument), void *argument);

#endif
