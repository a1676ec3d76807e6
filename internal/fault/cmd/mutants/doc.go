// Command mutants plants faults into copies of the program, one after the other, and shows that a test catches each:
//
//	mutants [NUMBER...]
//
// A mutant is a patch in internal/fault/mutants. Before the patch it says what is wrong and, behind "Caught-By:", the
// arguments of the "go test" that has to fail. Without any mutant these tests must pass, which is shown first. The exit
// code is 1 when one is not caught, does not build or does not apply any more.
package main
