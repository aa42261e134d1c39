package tomte

// Context is what a step knows beside its input, and what it wants done. Nothing is done before the step returns, and
// nothing at all if it refuses or crashes.
type Context struct {
	// NowMs is the host's clock, in milliseconds since the Unix epoch.
	NowMs uint64
	// Seq is how many inputs this worker was given before.
	Seq     uint64
	effects []Effect
}

// Want asks for any effect: see its types.
func (c *Context) Want(effect Effect) { c.effects = append(c.effects, effect) }

// Reply answers a caller of this or an earlier step, as JSON; so the others.
func (c *Context) Reply(caller Caller, output any) { c.Want(Reply{caller, JSON(output)}) }

// HTTPReply answers with a status and headers. A body that is a Body stays as it is.
func (c *Context) HTTPReply(caller Caller, status uint16, headers []Header, body any) {
	c.Want(HTTPReply{caller, status, headers, JSON(body)})
}

// Cast sends a message to a worker.
func (c *Context) Cast(to string, message any) { c.Want(Message{to, JSON(message)}) }

// Call calls a worker; the outcome comes as a Response with this tag.
func (c *Context) Call(to string, request any, tag, timeoutMs uint64) {
	c.Want(OutgoingCall{to, JSON(request), tag, timeoutMs})
}

// Publish sends a message to every subscriber of a topic.
func (c *Context) Publish(topic string, message any) { c.Want(Publish{topic, JSON(message)}) }

// Subscribe receives the messages of a topic from now on.
func (c *Context) Subscribe(topic string) { c.Want(Subscribe{topic}) }

// NextState enters this state.
func (c *Context) NextState(state string) { c.Want(NextState{state}) }

// StartTimer starts a timer, in place of a running one of this name.
func (c *Context) StartTimer(name string, afterMs uint64, message any) {
	c.Want(StartTimer{Named, name, afterMs, JSON(message)})
}

// StateTimeout starts a timer that a change of state ends.
func (c *Context) StateTimeout(afterMs uint64, message any) {
	c.Want(StartTimer{InState, "state_timeout", afterMs, JSON(message)})
}

// EventTimeout starts a timer that any input ends.
func (c *Context) EventTimeout(afterMs uint64, message any) {
	c.Want(StartTimer{UntilEvent, "event_timeout", afterMs, JSON(message)})
}

// Stop ends this worker in an orderly way.
func (c *Context) Stop() { c.Want(Stop{Exit{Why: Normal}}) }
