"""One-shot child processes that can read a tree, write their own directory, and nothing else.

``client`` is used by the tools; ``zygote`` is a small single-threaded process that forks, restricts
and executes; ``kernel`` holds the system calls (landlock, seccomp, rlimits). No name is imported
here: the zygote must stay small, because a fork copies its page tables.
"""

__all__: list[str] = []
