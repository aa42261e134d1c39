package tomte

// Test is a behaviour without a host, for `go test`.
type Test struct {
	behaviour Behaviour
	seq       uint64
	// Effects is what the last step wants done.
	Effects []Effect
}

// Said is what came of an input.
type Said struct {
	Answer  Body
	Refused error
	Crashed string
}

// String is the answer; empty if it comes later.
func (s Said) String() string {
	switch {
	case s.Crashed != "":
		return "crashed: " + s.Crashed
	case s.Refused != nil:
		return "refused: " + s.Refused.Error()
	}
	return string(s.Answer)
}

// StartTest starts a behaviour, afresh if saved is nil. A test that it does not start for has failed.
func StartTest(t interface{ Fatal(...any) }, b Behaviour, saved *Saved) *Test {
	effects, err := begin(b, &Start{Worker: "test", Seed: 1, Config: Body("{}"), Saved: saved})
	if err != nil {
		t.Fatal(err)
	}
	return &Test{behaviour: b, Effects: effects}
}

// Call asks.
func (t *Test) Call(input any) Said {
	said := t.Step(Call{Caller: 1, Body: JSON(input)})
	for _, effect := range t.Effects {
		if reply, ok := effect.(Reply); ok && reply.Caller == 1 {
			said.Answer = reply.Body
		}
	}
	return said
}

// Cast tells.
func (t *Test) Cast(input any) Said { return t.Step(Cast{JSON(input)}) }

// Step gives it any input.
func (t *Test) Step(event Event) (said Said) {
	defer func() {
		if panicked := recover(); panicked != nil {
			said.Crashed = words(panicked)
		}
	}()
	t.seq++
	t.Effects, said.Refused = nil, nil
	t.Effects, said.Refused = step(t.behaviour, 0, t.seq, event)
	return said
}

// Save is what it saves.
func (t *Test) Save() Saved { return Saved{t.behaviour.Schema(), JSON(t.behaviour.Save())} }
