// Package nemesis plans what is done to a system from a seed. The same seed gives the same plan, so a run that went
// wrong can be repeated as far as the faults go.
package nemesis
