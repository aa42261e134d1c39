// Package tomte is the contract tomte:behaviour@0.1.0 for Go. It came with the template and is yours to read and to
// change.
//
// There are two ways to fail: an error that Step returns, before anything is changed, refuses the input, whose caller is
// told; a panic, or [Crash], ends the instance, whose callers are told and whose supervisor acts.
package tomte

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
)

// Behaviour is a worker: OTP's gen_server, gen_statem or gen_event by what it asks for.
type Behaviour interface {
	// Schema names what is saved, for example "orders/2".
	Schema() string
	// Init starts afresh, or from what was saved, perhaps in an older schema (OTP's code_change).
	Init(start *Start, ctx *Context) error
	// Step takes one input.
	Step(event Event, ctx *Context) error
	// Save gives the state, as JSON. It changes nothing.
	Save() any
}

// Terminator is a Behaviour that is told of its orderly end.
type Terminator interface {
	Terminate(reason Exit, ctx *Context)
}

// Downgrader is a Behaviour that can write its state in an older schema.
type Downgrader interface {
	SaveAs(schema string) (any, error)
}

// Start is what an instance is told when it starts.
type Start struct {
	// Worker is its address, at which others send to it.
	Worker string
	// Generation is how many instances this worker had before this one.
	Generation uint64
	// NowMs is the host's clock, in milliseconds since the Unix epoch.
	NowMs uint64
	// Seed is what [Rand] is seeded with already.
	Seed uint64
	// Config is the child's configuration.
	Config Body
	// Saved is nil on a fresh start.
	Saved *Saved
}

// Saved is a state outside an instance.
type Saved struct {
	Schema string
	Data   Body
}

// Read reads the state from JSON; in Init its error is the answer.
func (s *Saved) Read(to any) error {
	if err := json.Unmarshal(s.Data, to); err != nil {
		return fmt.Errorf("the saved state of schema %s is damaged: %w", s.Schema, err)
	}
	return nil
}

// Body is the bytes of a message, JSON as a rule.
type Body []byte

// Read reads an input from JSON; in Step its error refuses the input.
func (b Body) Read(to any) error {
	if depth(b) > maxDepth {
		return fmt.Errorf("not an input of this behaviour: nested deeper than %d", maxDepth)
	}
	if err := json.Unmarshal(b, to); err != nil {
		return fmt.Errorf("not an input of this behaviour: %w", err)
	}
	return nil
}

// A nest deeper than this is refused before it exhausts the stack.
const maxDepth = 200

func depth(json []byte) (most int) {
	now, quoted := 0, false
	for i := 0; i < len(json); i++ {
		switch c := json[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && (c == '[' || c == '{'):
			now++
			most = max(most, now)
		case !quoted && (c == ']' || c == '}'):
			now--
		}
	}
	return most
}

// JSON is a value as a Body. A Body stays as it is.
func JSON(value any) Body {
	if body, ok := value.(Body); ok {
		return body
	}
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return body
}

// What Init may return beside any other error, which means that there will be no worker.
var (
	// ErrUnknownSchema is a saved state that nobody here can read.
	ErrUnknownSchema = errors.New("unknown schema")
	// ErrIgnore is not needed now; the child is kept without a worker.
	ErrIgnore = errors.New("ignored")
)

// Refuse is an error in these words.
func Refuse(why string) error { return errors.New(why) }

type crash string

// Crash ends the instance on purpose, in these words.
func Crash(why string) { panic(crash(why)) }

// Rand is random numbers, seeded by the host when the instance starts.
var Rand = seeded(0)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Level is how much a line of the log matters.
type Level uint32

// The levels of the log.
const (
	Error Level = iota
	Warn
	Info
	Debug
	Trace
)

// Log writes one line to the host's log.
func Log(level Level, format string, values ...any) { hostLog(level, fmt.Sprintf(format, values...)) }

// words is what a crash says: what was panicked with, and where, the innermost place first. For a deferred function.
func words(panicked any) string {
	if why, ok := panicked.(crash); ok {
		return string(why)
	}
	said := []string{fmt.Sprintf("panic: %v", panicked)}
	if err, ok := panicked.(error); ok {
		said[0] = fmt.Sprintf("%T: %v", err, err)
	}
	var places [64]uintptr
	frames := runtime.CallersFrames(places[:runtime.Callers(3, places[:])])
	for more := true; more; {
		var at runtime.Frame
		at, more = frames.Next()
		if at.Function != "" && !strings.HasPrefix(at.Function, "runtime.") {
			said = append(said, fmt.Sprintf("    at %s (%s:%d)", at.Function, at.File, at.Line))
		}
	}
	return strings.Join(said, "\n")
}

var behaviour Behaviour

// Run makes a behaviour the component's. For an init function of package main.
func Run(b Behaviour) { behaviour = b }

func begin(b Behaviour, start *Start) ([]Effect, error) {
	Rand = seeded(start.Seed)
	ctx := &Context{NowMs: start.NowMs}
	err := b.Init(start, ctx)
	return ctx.effects, err
}

func step(b Behaviour, nowMs, seq uint64, event Event) ([]Effect, error) {
	ctx := &Context{NowMs: nowMs, Seq: seq}
	err := b.Step(event, ctx)
	return ctx.effects, err
}

func terminate(b Behaviour, nowMs, seq uint64, reason Exit) []Effect {
	ctx := &Context{NowMs: nowMs, Seq: seq}
	if t, ok := b.(Terminator); ok {
		t.Terminate(reason, ctx)
	}
	return ctx.effects
}

func saveAs(b Behaviour, schema string) (Body, error) {
	if schema == b.Schema() {
		return JSON(b.Save()), nil
	}
	d, ok := b.(Downgrader)
	if !ok {
		return nil, fmt.Errorf("a state of schema %s cannot be written as %s", b.Schema(), schema)
	}
	state, err := d.SaveAs(schema)
	if err != nil {
		return nil, err
	}
	return JSON(state), nil
}
