package main

import (
	"strings"
	"testing"

	"{{name}}/tomte"
)

func expect(t *testing.T, counter *tomte.Test, input Input, want string) {
	t.Helper()
	if got := counter.Call(input).String(); got != want {
		t.Fatalf("%s: %s, and not %s", input, got, want)
	}
}

func TestIncrementsAreCounted(t *testing.T) {
	counter := tomte.StartTest(t, &Counter{}, nil)
	expect(t, counter, Increment, `"Ack"`)
	counter.Cast(Increment)
	expect(t, counter, Read, `{"Value":2}`)
}

func TestAResetAtZeroCrashes(t *testing.T) {
	counter := tomte.StartTest(t, &Counter{}, &tomte.Saved{Schema: "{{name}}/1", Data: []byte("1")})
	expect(t, counter, Reset, `"Ack"`)
	expect(t, counter, Reset, "crashed: reset at zero")
}

func TestWhatItDoesNotKnowIsRefusedAndChangesNothing(t *testing.T) {
	counter := tomte.StartTest(t, &Counter{}, &tomte.Saved{Schema: "{{name}}/1", Data: []byte("7")})
	if got := counter.Call("Decrement").String(); !strings.HasPrefix(got, "refused: ") {
		t.Fatal(got)
	}
	expect(t, counter, Read, `{"Value":7}`)
}

func TestWhatWasSavedComesBack(t *testing.T) {
	counter := tomte.StartTest(t, &Counter{}, &tomte.Saved{Schema: "{{name}}/1", Data: []byte("18446744073709551614")})
	expect(t, counter, Increment, `"Ack"`)
	if got := string(counter.Save().Data); got != "18446744073709551615" {
		t.Fatal(got)
	}
}
