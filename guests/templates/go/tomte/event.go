package tomte

// Event is what a step is given: one of the types below.
type Event interface{ event() }

// Caller is who waits for an answer. It may be kept in a state.
type Caller uint64

// Call is a request whose caller waits. If it came by HTTP as it is, HTTP says how.
type Call struct {
	Caller Caller
	Body   Body
	HTTP   *HTTP
}

// HTTP is a request from a listener with `raw = true`.
type HTTP struct {
	Method, Path string
	// Query is nil if there was no question mark.
	Query   *string
	Headers []Header
}

// Header is one of HTTP; its name is in small letters.
type Header struct{ Name, Value string }

// Cast is a message nobody waits for.
type Cast struct{ Body Body }

// Published is a message on a subscribed topic.
type Published struct {
	Topic string
	Body  Body
}

// Timer is one that went off.
type Timer struct {
	Name string
	Body Body
}

// Response is what came of a call of one's own. If Why is not Replied, there is no Body, and for Crashed, Stopped and
// Refused there are Words.
type Response struct {
	Tag   uint64
	Why   Why
	Body  Body
	Words string
}

// Why tells how something ended.
type Why string

// The ways of a Response.
const (
	Replied    Why = "replied"
	NoWorker   Why = "no-worker"
	Crashed    Why = "crashed"
	Stopped    Why = "stopped"
	Overloaded Why = "overloaded"
	TimedOut   Why = "timed-out"
	Refused    Why = "refused"
)

// More ways of a Down, a HandlerEnded and an Exit.
const (
	Normal      Why = "normal"
	Shutdown    Why = "shutdown"
	Upgrade     Why = "upgrade"
	Killed      Why = "killed"
	Unreachable Why = "unreachable"
	Swapped     Why = "swapped"
)

// Internal is the body of a NextEvent.
type Internal struct{ Body Body }

// Entered is told when a state was entered, from this one.
type Entered struct{ From string }

// HandlerEnded is the end of a supervised handler: Normal, Shutdown, Swapped (by Words) or Crashed (with Words).
type HandlerEnded struct {
	Manager, Handler string
	Why              Why
	Words            string
}

// Down is the end of a monitored worker: NoWorker, Normal, Shutdown, Killed, Crashed (with Words) or Unreachable.
type Down struct {
	Tag    uint64
	Worker string
	Why    Why
	Words  string
}

// StartPhase is for the callback of an application: a phase of its start.
type StartPhase struct{ Phase string }

// PrepStop is for the callback of an application: it is about to stop.
type PrepStop struct{}

// ConfigChanged is what Start.Config would be now.
type ConfigChanged struct{ Config Body }

// Other is an input that this contract has no case for.
type Other struct {
	Name string
	Body Body
}

// Exit is why a worker ends: Normal, Shutdown, Upgrade, or Crashed with Words.
type Exit struct {
	Why   Why
	Words string
}

func (Call) event()          {}
func (Cast) event()          {}
func (Published) event()     {}
func (Timer) event()         {}
func (Response) event()      {}
func (Internal) event()      {}
func (Entered) event()       {}
func (HandlerEnded) event()  {}
func (Down) event()          {}
func (StartPhase) event()    {}
func (PrepStop) event()      {}
func (ConfigChanged) event() {}
func (Other) event()         {}
