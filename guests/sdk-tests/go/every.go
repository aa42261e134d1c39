// Asks for every effect that the contract has, each once, and says back every input: both must be the same in every
// language. Built in place of the template's counter.go.
package main

import (
	"fmt"
	"slices"
	"strings"

	"counter/tomte"
)

// Counter is the behaviour of the template's main.go.
type Counter struct{}

func (*Counter) Schema() string                          { return "every/1" }
func (*Counter) Save() any                               { return 0 }
func (*Counter) Init(*tomte.Start, *tomte.Context) error { return nil }
func (*Counter) Terminate(exit tomte.Exit, _ *tomte.Context) {
	say(which([]tomte.Why{tomte.Normal, tomte.Shutdown, tomte.Upgrade, tomte.Crashed}, exit.Why), exit.Words)
}

func (*Counter) Step(event tomte.Event, ctx *tomte.Context) error {
	if call, ok := event.(tomte.Call); !ok || call.HTTP != nil {
		echo(event)
		return nil
	}
	read := tomte.JSON("Read")
	headers := []tomte.Header{{Name: "content-type", Value: "text/plain; charset=utf-8"}, {Name: "x-one", Value: "1"}}
	ctx.HTTPReply(7, 201, headers, tomte.Body("made"))
	ctx.Want(tomte.Forward{Caller: 7, To: "b", Body: read})
	ctx.Cast("b", "Read")
	ctx.Call("b", "Read", 3, 1000)
	ctx.Publish("t", []int{1})
	ctx.Subscribe("t")
	ctx.Want(tomte.Unsubscribe{Topic: "t"})
	ctx.NextState("s")
	ctx.Want(tomte.RepeatState{})
	ctx.Want(tomte.EnterCalls{})
	ctx.Want(tomte.Postpone{})
	ctx.Want(tomte.NextEvent{Body: tomte.JSON("n")})
	ctx.StartTimer("n", tomte.Never, nil)
	ctx.StateTimeout(5, nil)
	ctx.EventTimeout(6, nil)
	ctx.Want(tomte.UpdateTimer{Kind: tomte.Named, Name: "n", Body: tomte.JSON(1)})
	ctx.Want(tomte.CancelTimer{Name: "n"})
	ctx.Want(tomte.StartChild{Supervisor: "s", Key: "k", Tag: tomte.Tagged(1)})
	ctx.Want(tomte.EnsureChild{Supervisor: "s", Key: "k"})
	ctx.Want(tomte.StopChild{Supervisor: "s", Child: "k"})
	ctx.Want(tomte.RestartChild{Supervisor: "s", Child: "k", Tag: tomte.Tagged(2)})
	ctx.Want(tomte.DeleteChild{Supervisor: "s", Child: "k"})
	ctx.Want(tomte.WhichChildren{Supervisor: "s", Tag: 4})
	ctx.Want(tomte.CountChildren{Supervisor: "s", Tag: 5})
	ctx.Want(tomte.AddHandler{Manager: "m", Handler: "h", Behaviour: "b", Supervised: true, Tag: tomte.Tagged(6)})
	ctx.Want(tomte.DeleteHandler{Manager: "m", Handler: "h"})
	ctx.Want(tomte.SwapHandler{Old: "h", Successor: tomte.AddHandler{Manager: "m", Handler: "i", Behaviour: "b"}})
	ctx.Want(tomte.Monitor{Worker: "w", Tag: 8})
	ctx.Want(tomte.Demonitor{Tag: 8})
	ctx.Want(tomte.Unchanged{})
	ctx.Want(tomte.Hibernate{})
	ctx.Want(tomte.Stop{Reason: tomte.Exit{Why: tomte.Shutdown}})
	ctx.Want(tomte.Stop{Reason: tomte.Exit{Why: tomte.Crashed, Words: "why"}})
	ctx.Want(tomte.OtherEffect{Name: "name", Body: tomte.JSON(1)})
	ctx.Reply(7, "Ack")
	return nil
}

func say(values ...any) {
	var said []string
	for _, value := range values {
		if text := fmt.Sprintf("%s", value); text != "" {
			said = append(said, text)
		}
	}
	tomte.Log(tomte.Info, "%s", strings.Join(said, " "))
}

func which(ways []tomte.Why, why tomte.Why) string { return fmt.Sprint(slices.Index(ways, why)) }

func echo(event tomte.Event) {
	switch e := event.(type) {
	case tomte.Call:
		said := []string{"1", fmt.Sprint(uint64(e.Caller)), e.HTTP.Method, e.HTTP.Path}
		if e.HTTP.Query != nil {
			said = append(said, *e.HTTP.Query)
		}
		for _, header := range e.HTTP.Headers {
			said = append(said, header.Name, header.Value)
		}
		tomte.Log(tomte.Info, "%s %s", strings.Join(said, " "), e.Body)
	case tomte.Cast:
		say("2", e.Body)
	case tomte.Published:
		say("3", e.Topic, e.Body)
	case tomte.Timer:
		say("4", e.Name, e.Body)
	case tomte.Response:
		tag := fmt.Sprint(e.Tag)
		if e.Why == tomte.Replied {
			say("5", tag, e.Body)
			return
		}
		ways := []tomte.Why{tomte.NoWorker, tomte.Crashed, tomte.Stopped, tomte.Overloaded, tomte.TimedOut, tomte.Refused}
		say("5", tag, which(ways, e.Why), e.Words)
	case tomte.Internal:
		say("6", e.Body)
	case tomte.Entered:
		say("7", e.From)
	case tomte.HandlerEnded:
		ways := []tomte.Why{tomte.Normal, tomte.Shutdown, tomte.Swapped, tomte.Crashed}
		say("8", e.Manager, e.Handler, which(ways, e.Why), e.Words)
	case tomte.Down:
		ways := []tomte.Why{tomte.NoWorker, tomte.Normal, tomte.Shutdown, tomte.Killed, tomte.Crashed, tomte.Unreachable}
		say("9", fmt.Sprint(e.Tag), e.Worker, which(ways, e.Why), e.Words)
	case tomte.StartPhase:
		say("10", e.Phase)
	case tomte.PrepStop:
		say("11")
	case tomte.ConfigChanged:
		say("12", e.Config)
	case tomte.Other:
		say("13", e.Name, e.Body)
	}
}
