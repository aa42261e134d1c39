package tomte

import "math"

// Effect is what a step wants done: one of the types below.
type Effect interface{ lower(*record) }

// Tag asks for the outcome as a Response with this tag; nil does not.
type Tag *uint64

// Tagged makes a Tag.
func Tagged(tag uint64) Tag { return &tag }

// Never is the time of a timer that only ends a running one.
const Never uint64 = math.MaxUint64

// TimerKind is what ends a timer before its time.
type TimerKind uint8

// Nothing, a change of state, any input.
const (
	Named TimerKind = iota
	InState
	UntilEvent
)

type (
	// Reply answers a caller.
	Reply struct {
		Caller Caller
		Body   Body
	}
	// HTTPReply answers a caller of HTTP, with a status from 200 to 599 and headers.
	HTTPReply struct {
		Caller  Caller
		Status  uint16
		Headers []Header
		Body    Body
	}
	// Forward has another worker answer a caller.
	Forward struct {
		Caller Caller
		To     string
		Body   Body
	}
	// Message is a cast to a worker.
	Message struct {
		To   string
		Body Body
	}
	// OutgoingCall calls a worker.
	OutgoingCall struct {
		To             string
		Body           Body
		Tag, TimeoutMs uint64
	}
	// Publish sends a message to every subscriber of a topic.
	Publish struct {
		Topic string
		Body  Body
	}
	// Subscribe receives the messages of a topic from now on.
	Subscribe struct{ Topic string }
	// Unsubscribe receives them no longer.
	Unsubscribe struct{ Topic string }
	// NextState enters this state.
	NextState struct{ State string }
	// RepeatState enters the present state again.
	RepeatState struct{}
	// EnterCalls, from Init, asks for an Entered for each state that is entered.
	EnterCalls struct{}
	// Postpone gives this input again after the next change of state.
	Postpone struct{}
	// NextEvent gives this body back as Internal, before anything that is queued.
	NextEvent struct{ Body Body }
	// StartTimer starts a timer.
	StartTimer struct {
		Kind    TimerKind
		Name    string
		AfterMs uint64
		Body    Body
	}
	// UpdateTimer gives a running timer another body.
	UpdateTimer struct {
		Kind TimerKind
		Name string
		Body Body
	}
	// CancelTimer cancels every timer of this name.
	CancelTimer struct{ Name string }
	// StartChild starts the child Supervisor/Key.
	StartChild struct {
		Supervisor, Key string
		Config          Body
		Tag             Tag
	}
	// EnsureChild does the same unless it is there.
	EnsureChild StartChild
	// StopChild stops a child.
	StopChild struct {
		Supervisor, Child string
		Tag               Tag
	}
	// RestartChild starts a child that was stopped.
	RestartChild StopChild
	// DeleteChild forgets a child that was stopped.
	DeleteChild StopChild
	// WhichChildren asks for a supervisor's children.
	WhichChildren struct {
		Supervisor string
		Tag        uint64
	}
	// CountChildren asks how many there are.
	CountChildren WhichChildren
	// AddHandler adds a handler to an event manager.
	AddHandler struct {
		Manager, Handler, Behaviour string
		Config                      Body
		// Supervised is whether it ends with this worker, which is told when it ends.
		Supervised bool
		Tag        Tag
	}
	// DeleteHandler has a handler leave its manager.
	DeleteHandler struct {
		Manager, Handler string
		Tag              Tag
	}
	// SwapHandler has a handler take the place of Old, and what it saves.
	SwapHandler struct {
		Old       string
		Successor AddHandler
	}
	// Monitor watches a worker: its end comes as a Down with this tag.
	Monitor struct {
		Worker string
		Tag    uint64
	}
	// Demonitor watches it no longer.
	Demonitor struct{ Tag uint64 }
	// Unchanged promises that this input left the state as it was.
	Unchanged struct{}
	// Hibernate saves the state and drops the instance until the next input.
	Hibernate struct{}
	// Stop ends this worker.
	Stop struct{ Reason Exit }
	// OtherEffect is one that this contract has no case for.
	OtherEffect struct {
		Name string
		Body Body
	}
)

func (e Reply) lower(r *record) { r.kind(0).u64(0, uint64(e.Caller)).body(8, e.Body) }
func (e HTTPReply) lower(r *record) {
	r.kind(1).u64(0, uint64(e.Caller)).u16(8, e.Status).headers(12, e.Headers).body(20, e.Body)
}
func (e Forward) lower(r *record) { r.kind(2).u64(0, uint64(e.Caller)).text(8, e.To).body(16, e.Body) }
func (e Message) lower(r *record) { r.kind(3).text(0, e.To).body(8, e.Body) }
func (e OutgoingCall) lower(r *record) {
	r.kind(4).text(0, e.To).body(8, e.Body).u64(16, e.Tag).u64(24, e.TimeoutMs)
}
func (e Publish) lower(r *record)     { r.kind(5).text(0, e.Topic).body(8, e.Body) }
func (e Subscribe) lower(r *record)   { r.kind(6).text(0, e.Topic) }
func (e Unsubscribe) lower(r *record) { r.kind(7).text(0, e.Topic) }
func (e NextState) lower(r *record)   { r.kind(8).text(0, e.State) }
func (e RepeatState) lower(r *record) { r.kind(9) }
func (e EnterCalls) lower(r *record)  { r.kind(10) }
func (e Postpone) lower(r *record)    { r.kind(11) }
func (e NextEvent) lower(r *record)   { r.kind(12).body(0, e.Body) }
func (e StartTimer) lower(r *record) {
	r.kind(13).u8(0, uint8(e.Kind)).text(4, e.Name).u64(16, e.AfterMs).body(24, e.Body)
}
func (e UpdateTimer) lower(r *record) {
	r.kind(14).u8(0, uint8(e.Kind)).text(4, e.Name).body(24, e.Body)
}
func (e CancelTimer) lower(r *record) { r.kind(15).text(0, e.Name) }
func (e StartChild) lower(r *record) {
	r.kind(16).text(0, e.Supervisor).text(8, e.Key).body(16, config(e.Config)).tag(24, e.Tag)
}
func (e EnsureChild) lower(r *record)   { StartChild(e).lower(r); r.kind(17) }
func (e StopChild) lower(r *record)     { r.kind(18).text(0, e.Supervisor).text(8, e.Child).tag(16, e.Tag) }
func (e RestartChild) lower(r *record)  { StopChild(e).lower(r); r.kind(19) }
func (e DeleteChild) lower(r *record)   { StopChild(e).lower(r); r.kind(20) }
func (e WhichChildren) lower(r *record) { r.kind(21).text(0, e.Supervisor).u64(8, e.Tag) }
func (e CountChildren) lower(r *record) { WhichChildren(e).lower(r); r.kind(22) }
func (e AddHandler) lower(r *record)    { r.kind(23).handler(0, e) }
func (e DeleteHandler) lower(r *record) {
	r.kind(24).text(0, e.Manager).text(8, e.Handler).tag(16, e.Tag)
}
func (e SwapHandler) lower(r *record) { r.kind(25).text(0, e.Old).handler(8, e.Successor) }
func (e Monitor) lower(r *record)     { r.kind(26).text(0, e.Worker).u64(8, e.Tag) }
func (e Demonitor) lower(r *record)   { r.kind(27).u64(0, e.Tag) }
func (e Unchanged) lower(r *record)   { r.kind(28) }
func (e Hibernate) lower(r *record)   { r.kind(30) }
func (e Stop) lower(r *record)        { r.kind(31).exit(0, e.Reason) }
func (e OtherEffect) lower(r *record) { r.kind(32).text(0, e.Name).body(8, e.Body) }

func config(body Body) Body {
	if body == nil {
		return Body("{}")
	}
	return body
}
