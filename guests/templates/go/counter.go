// {{name}}: counts.
package main

import "{{name}}/tomte"

// Input is what it is asked, as JSON.
type Input string

const (
	Increment Input = "Increment"
	Read      Input = "Read"
	Reset     Input = "Reset"
)

// Value is the answer to Read; the answer to the others is "Ack".
type Value struct{ Value uint64 }

// Counter is the behaviour.
type Counter struct {
	count uint64
}

// Schema names what is saved. Name a new one when that changes, and read the old one in Init.
func (c *Counter) Schema() string { return "{{name}}/1" }

// Save gives what lives on through an upgrade, as JSON.
func (c *Counter) Save() any { return c.count }

// Init starts afresh, or from what was saved.
func (c *Counter) Init(start *tomte.Start, _ *tomte.Context) error {
	c.count = 0
	if start.Saved == nil {
		return nil
	}
	switch start.Saved.Schema {
	case c.Schema():
		return start.Saved.Read(&c.count)
	// case "{{name}}/0": ... what an older version saved
	default:
		return tomte.ErrUnknownSchema
	}
}

// Step takes one input. An error refuses it: its caller is told, nothing has changed, nothing has crashed.
func (c *Counter) Step(event tomte.Event, ctx *tomte.Context) error {
	switch event := event.(type) {
	case tomte.Call:
		output, err := c.answer(event.Body)
		if err != nil {
			return err
		}
		ctx.Reply(event.Caller, output)
	case tomte.Cast:
		_, err := c.answer(event.Body)
		return err
	default:
		tomte.Log(tomte.Warn, "nothing here handles %T", event)
	}
	return nil
}

func (c *Counter) answer(body tomte.Body) (any, error) {
	var input Input
	if err := body.Read(&input); err != nil {
		return nil, err
	}
	switch input {
	case Increment:
		c.count++
		return "Ack", nil
	case Read:
		return Value{c.count}, nil
	case Reset:
		// Its caller is told, its supervisor starts it again, nobody else notices.
		if c.count == 0 {
			tomte.Crash("reset at zero")
		}
		c.count = 0
		return "Ack", nil
	}
	return nil, tomte.Refuse(`not an input of this behaviour: "Increment", "Read" or "Reset"`)
}
