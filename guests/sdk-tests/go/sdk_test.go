package main

import (
	"errors"
	"strings"
	"testing"

	"counter/tomte"
)

type odd struct{ draws []uint64 }

func (o *odd) Schema() string { return "odd/1" }
func (o *odd) Save() any      { return o.draws }
func (o *odd) Init(*tomte.Start, *tomte.Context) error {
	o.draws = []uint64{tomte.Rand.Uint64(), tomte.Rand.Uint64()}
	return nil
}
func (o *odd) Step(event tomte.Event, ctx *tomte.Context) error {
	var input any
	if err := event.(tomte.Call).Body.Read(&input); err != nil {
		return err
	}
	switch input {
	case "panic":
		panic("it broke")
	case "error":
		panic(errors.New("an error"))
	case "index":
		return errors.New(strings.Repeat("x", int(o.draws[len(o.draws)])))
	case "nil":
		var none *odd
		_ = none.draws[0]
	}
	ctx.Reply(event.(tomte.Call).Caller, input)
	return nil
}

func TestPanicsAreCrashesWithTheirTypeWordsAndPlace(t *testing.T) {
	for input, want := range map[string]string{
		"panic": "panic: it broke\n",
		"error": "*errors.errorString: an error\n",
		"index": "runtime.boundsError: runtime error: index out of range [2] with length 2\n",
		"nil":   "runtime.errorString: runtime error: invalid memory address or nil pointer dereference\n",
	} {
		got := tomte.StartTest(t, &odd{}, nil).Call(input).Crashed
		if !strings.HasPrefix(got, want) || !strings.Contains(got, "\n    at ") || !strings.Contains(got, "odd).Step") {
			t.Errorf("%s: %s", input, got)
		}
	}
}

func TestWhatIsNoInputIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	test := tomte.StartTest(t, &odd{}, nil)
	for _, body := range []string{"", "{", "\xff", deep, `"` + deep + `"` + deep} {
		if said := test.Call(tomte.Body(body)); said.Refused == nil {
			t.Errorf("%.20s: %v", body, said)
		}
	}
	quoted := `"\"` + deep + `"`
	if got := test.Call(tomte.Body(quoted)).String(); got != quoted {
		t.Errorf("%.40s", got)
	}
}

func TestTheSameSeedDrawsTheSameNumbers(t *testing.T) {
	one, two := &odd{}, &odd{}
	tomte.StartTest(t, one, nil)
	tomte.StartTest(t, two, nil)
	if one.draws[0] != two.draws[0] || one.draws[0] == one.draws[1] {
		t.Error(one.draws, two.draws)
	}
}
