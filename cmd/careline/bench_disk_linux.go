package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// filesystem is the kind of file system that a folder is on.
func filesystem(folder string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return "unknown"
	}
	names := map[int64]string{
		unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "xfs", unix.BTRFS_SUPER_MAGIC: "btrfs",
		unix.TMPFS_MAGIC: "tmpfs", unix.RAMFS_MAGIC: "ramfs", unix.OVERLAYFS_SUPER_MAGIC: "overlay", unix.NFS_SUPER_MAGIC: "nfs",
	}
	if name, known := names[int64(s.Type)]; known { //nolint:unconvert // its type differs between architectures
		return name
	}
	return fmt.Sprintf("kind %#x", s.Type)
}
