"""The rows of the coverage table: routes to client data and ways to hide, with the kernel tests that take them.

A row's patterns are matched against Suite.Name of tests/kernel. Every test of a row also shows that the permitted twin stays
silent, or has a test beside it that does.
"""

ROUTES = {
    "Other names of the same file": {
        "symlink, `..`, relative path, chdir, openat, openat2": [
            f"Paths/EveryName.LeadsToTheStore/{name}"
            for name in ("symlink", "symlinkWithin", "dots", "relative", "relativeUp", "openat", "openat2")],
        "/proc/self/root, /proc/self/cwd": ["Paths/EveryName.LeadsToTheStore/proc[RC]*"],
        "chroot, pivot_root, another root directory": ["Paths/EveryName.LeadsToTheStore/chroot", "*.AnotherRootDirectoryHidesNothing"],
        "hard link, also when the first name is gone": ["*.AHardLink*"],
        "hard link older than the agent or the store": ["EarlierInTheKernel.*"],
        "bind mount, private mount namespace, cloned tree": [
            "Paths/EveryName.LeadsToTheStore/bind*", "Paths/EveryName.LeadsToTheStore/clonedTree", "*.ABindMountDoesNotHide*",
            "*.ACopyOfAMountHidesNothing"],
        "second mount of the same file system": ["*.ASecondMountOfAStoresFileSystemHidesNothing"],
        "overlayfs over a store, or on one": ["OverlaysInTheKernel.*"],
        "mounts within a store, 5,000 directories deep": ["MountsInTheKernel.*", "*.AMountInsideAStoreIsCrossed", "*.AMountOnTheStore*"],
        "path longer than PATH_MAX": ["*.OfAPathThatIsTooLong*"],
        "moved out of the store, or its directory": ["*.AFileThatWasMovedOut*", "*.ADirectoryThatWasMovedOut*", "*.TheStoresOwnDirectory*"],
    },
    "Other calls": {
        "open, creat, openat for each kind": ["*.EachWayToOpenIsItsOwnKind", "*.OpeningForBothReadsAndWrites"],
        "32-bit programs": ["*.ProgramsOf32BitsAreSeenToo"],
        "O_PATH and /proc/self/fd, /proc/PID/fd": ["Paths/EveryName.LeadsToTheStore/procDescriptor", "*.WhatAnotherProcessHoldsOpen*"],
        "open_by_handle_at": ["*.AHandleIsANameToo"],
        "open_by_handle_at of what nobody has named yet": ["ColdHandles.*"],
        "mmap, native AIO": ["RoutesInTheKernel/EveryCall.*"],
        "sendfile, splice, copy_file_range": [f"RoutesInTheKernel/EveryCopy.*/{call}" for call in ("sendfile", "splice", "copyrange")],
        "io_uring: plain, polled, direct descriptors": ["UringInTheKernel/RingOpens.*"],
        "io_uring: changes of names": ["UringInTheKernel/RingChanges.*", "*.ASilentRenameHidesNothing"],
        "fanotify listener": ["*.AListener*"],
        "O_TMPFILE and linkat": ["*.AnUnnamedFileThatGetsItsName*"],
        "refused opens are counted": ["*.ADeniedOpenIsNoAccessButCounted"],
    },
    "Handed over": {
        "SCM_RIGHTS": ["*.ADescriptorThatAnotherProcessSends*", "*.ADescriptorThatIsReceived*", "*.ADescriptorThatIsNotTaken*"],
        "pidfd_getfd": ["*.ADescriptorTakenOutOfAnotherProcess*"],
        "inherited over fork and exec": ["HeldFilesInTheKernel.*"],
        "open before the agent started": ["EarlierInTheKernel.Processes*"],
    },
    "Below the file system": {
        "the block device under a store, a loop device's image": ["DevicesInTheKernel.*"],
    },
    "Memory of a process that holds client data": {
        "ptrace, /proc/PID/mem, process_vm_readv, gcore": ["Ways/EveryWayToMemory.*", "MemoryInTheKernel.*"],
        "core dump": ["CoreDumps.OfAProcess*", "CoreDumps.ThatAPermit*", "CoreDumps.OfWho*", "CoreDumps.AreNot*"],
    },
    "Connections": {
        "unix socket, by any of its names": ["UnixConnects.AreToldWith*", "UnixConnects.By*", "UnixConnects.Of*", "UnixConnects.AreToldAlsoWhen*"],
        "unix socket that was renamed": ["UnixConnects.AreToldAfter*", "UnixConnects.AreToldWhenTheSocket*"],
        "datagrams to a unix socket by its name": ["UnixConnects.AreToldForEachDatagram*"],
        "TCP, IPv4 and IPv6, any address of the host": ["TcpConnects.*"],
        "unix socket and TCP through io_uring": ["UnixConnects.ThroughIoUring*", "TcpConnects.ByEveryCall*"],
    },
    "Ways out of who has read client data": {
        "TCP, also by io_uring, IPv4 and IPv6": ["DisclosuresInTheKernel.OfWhatWasRead*", "*.OfStrangersAreToldBesides*",
                                                 "DisclosuresInTheKernel.ByEveryCall*", "DisclosuresInTheKernel.ByIPv6*"],
        "UDP, connected or not": ["DisclosuresInTheKernel.ByDatagrams*"],
        "vsock": ["DisclosuresInTheKernel.ByVsock*"],
        "a port that is opened for others": ["DisclosuresInTheKernel.ToWhoeverConnects*"],
        "a unix socket that is no store's, also by io_uring": ["LocalDisclosures.ByUnixSocketsOfEveryKind*", "LocalDisclosures.ByUnixSocketsAreJudged*",
                                                               "LocalDisclosures.OverUnixSockets*"],
        "a person's terminal, where a store asks for it": ["LocalDisclosures.OnTerminals*"],
        "another thread, child or grandchild": ["DisclosuresInTheKernel.AreThoseOfAllThreads*"],
        "another program in the process, also by a thread": ["DisclosuresInTheKernel.AreKeptWhen*"],
        "a connection or port that is older than the reading": ["DisclosuresInTheKernel.OverWhatWasOpen*"],
        "a copy, and whoever reads it later": ["CopiesInTheKernel.AreToldWith*", "CopiesInTheKernel.AreFollowedToWhoever*"],
        "a pipeline, when it is read from": ["CopiesInTheKernel.AreFollowedThroughAPipeline"],
    },
    "Changes": {
        "write, truncate, create, delete": [
            f"ChangesInTheKernel/EachChange.*/{verb}" for verb in ("unlink", "rmdir", "mk*", "symlink", "truncate")],
        "rename, exchange, atomic save": ["*.ARenameWithinAClient*", "*.AnExchangeMovesBoth", "*.AnAtomicSave*", "*.WhatIsMoved*Client*"],
        "mode, owner, times, extended attributes": [
            f"ChangesInTheKernel/EachChange.*/{verb}" for verb in ("chmod", "chown", "utimes", "setxattr", "removexattr")],
        "a whole tree at once, counted exactly": ["*.ATreeThatIsRemoved*", "ChangesCounted.*"],
        "mount over a store, unmount": ["MountingInTheKernel.*"],
    },
    "Disguises": {
        "names, copies, memory files, removed executables": ["Disguises.*Name*", "Disguises.ACopy*", "Disguises.AServiceWhose*", "*.ACopyOfAPermitted*"],
        "a mount over the permitted program": ["Disguises.ThePermittedPathMountedOver*"],
        "LD_PRELOAD and the like": ["Variables/*", "TamperingInTheKernel.*"],
        "code written into a service": ["Ways/EveryWayToWrite.*", "TamperingWhileItRuns.*"],
        "foreign script of a permitted interpreter": ["Origins.*Script*"],
        "permitted tool driven by another parent": ["Origins.*Parent*"],
        "pid used again, setuid, what an earlier program may": ["Disguises.APid*", "Disguises.WhatWas*", "Disguises.AUser*"],
    },
    "Races": {
        "argument rewritten while the call runs": ["*.APathThatIsRewritten*"],
        "storms of renames and mounts": ["RacesInTheKernel.*Meanwhile*", "RacesInTheKernel.Directories*"],
        "lives shorter than a millisecond": ["*.EachOfThousandsOfShortLives*"],
        "reload under load": ["*.UnderLoadEveryAccess*"],
        "inode number used again": ["*.AnInodeNumberThatIsGivenAgain*", "*.ANumberThatIsGivenAgain*"],
    },
}
