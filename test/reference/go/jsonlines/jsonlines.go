// Package jsonlines runs cases in virtual time: one case a line of standard input, one trace a line of standard output.
package jsonlines

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"testing"
	"testing/synctest"
)

// Run reads cases until the input ends and simulates each in a bubble of its own.
// The testing package is the only way into synctest; what it prints goes to standard error.
func Run[Case any, Trace any](simulate func(*Case) Trace) {
	output := bufio.NewWriter(os.Stdout)
	os.Stdout = os.Stderr
	testing.Main(
		func(_, _ string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "reference", F: func(t *testing.T) { all(t, output, simulate) }}}, nil, nil)
}

func all[Case any, Trace any](t *testing.T, output *bufio.Writer, simulate func(*Case) Trace) {
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var one Case
		if err := decoder.Decode(&one); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		var trace Trace
		synctest.Test(t, func(*testing.T) { trace = simulate(&one) })
		line, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		// At once: the reader shows progress by it.
		if _, err := output.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
		if err := output.Flush(); err != nil {
			t.Fatal(err)
		}
	}
}
