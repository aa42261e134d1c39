//go:build !wasip1

package tomte

import (
	"fmt"
	"os"
)

// In a test, the log is standard error.
func hostLog(level Level, line string) { fmt.Fprintf(os.Stderr, "log %d: %s\n", level, line) }
