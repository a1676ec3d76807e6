package trial

import (
	"os"
	"strings"
)

// machineLoad is how busy the machine is, which figures have to be read with; "" where that is not known.
func machineLoad() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(3, len(fields))], " ")
}
