package tomte

import (
	"errors"
	"runtime/debug"
	"unsafe"
)

//go:wasmimport tomte:behaviour/log@0.1.0 log
func importLog(level uint32, ptr unsafe.Pointer, len uint32)

//go:wasmimport tomte:behaviour/fault@0.1.0 crash
func importCrash(ptr unsafe.Pointer, len uint32)

func hostLog(level Level, line string) {
	importLog(uint32(level), unsafe.Pointer(unsafe.StringData(line)), uint32(len(line)))
}

func hostCrash(why string) {
	importCrash(unsafe.Pointer(unsafe.StringData(why)), uint32(len(why)))
}

// kept is what must not be collected until the host has read the answer.
var kept []any

// Go's scheduler reads the clock whenever it likes, and its garbage collector reads the date at the end of a collection.
// But nothing may be imported while the host asks for room or lets go of an answer. So the clock stands still and nothing
// is collected, except while a function of the behaviour runs.
//
//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// percent is how much garbage there may be before it is collected.
var percent int

// enter begins a function; what it returns ends it, and makes a panic a crash in its words.
func enter() func() {
	pauseClock(false)
	debug.SetGCPercent(percent)
	return leave
}

func leave() {
	if panicked := recover(); panicked != nil {
		hostCrash(words(panicked))
	}
	// Ends the collection that is under way.
	debug.SetGCPercent(-1)
	pauseClock(true)
}

// The host asks for room before Go's runtime has started, for which early is there.
var (
	early     [256 * 1024]byte
	earlyUsed uintptr
	started   bool
)

func init() {
	started = true
	percent = debug.SetGCPercent(-1)
	pauseClock(true)
}

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldLen, align, size uint32) unsafe.Pointer {
	if !started {
		base := uintptr(unsafe.Pointer(&early))
		at := (base+earlyUsed+uintptr(align)-1)&^(uintptr(align)-1) - base
		earlyUsed = at + uintptr(size)
		return unsafe.Pointer(&early[at : at+uintptr(size)+1][0])
	}
	block := make([]uint64, size/8+1) // 8 is the largest alignment
	kept = append(kept, block)
	to := unsafe.Pointer(&block[0])
	copy(unsafe.Slice((*byte)(to), size), unsafe.Slice((*byte)(old), min(oldLen, size)))
	return to
}

func taken(ptr, size uint32) Body {
	if size == 0 {
		return Body{}
	}
	return append(Body(nil), unsafe.Slice((*byte)(address(ptr)), size)...)
}

func address(ptr uint32) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(nil), ptr) }

func takenText(ptr, size uint32) string { return string(taken(ptr, size)) }

// result is where what a function returns lies: at most 16 bytes.
func result() *record {
	block := make([]byte, 16)
	kept = append(kept, block)
	return &record{bytes: block, kept: &kept}
}

func (r *record) pointer() unsafe.Pointer { return unsafe.Pointer(&r.bytes[0]) }

//go:wasmexport tomte:behaviour/callbacks@0.1.0#init
func exportInit(worker, workerLen uint32, generation, nowMs, seed uint64, config, configLen, saved, schema, schemaLen, data, dataLen uint32) unsafe.Pointer {
	defer enter()()
	start := &Start{Worker: takenText(worker, workerLen), Generation: generation, NowMs: nowMs, Seed: seed, Config: taken(config, configLen)}
	if saved != 0 {
		start.Saved = &Saved{takenText(schema, schemaLen), taken(data, dataLen)}
	}
	effects, err := begin(behaviour, start)
	at := result()
	switch {
	case err == nil:
		at.effects(4, effects)
	case errors.Is(err, ErrIgnore):
		at.kind(1).u8(4, 0)
	case errors.Is(err, ErrUnknownSchema):
		at.kind(1).u8(4, 1)
	default:
		at.kind(1).u8(4, 2).text(8, err.Error())
	}
	return at.pointer()
}

//go:wasmexport tomte:behaviour/callbacks@0.1.0#step
func exportStep(nowMs, seq uint64, kind uint32, a uint64, b, c, d, e, f, g, h, i, j, k, l uint32) unsafe.Pointer {
	defer enter()()
	at := result()
	effects, err := step(behaviour, nowMs, seq, eventOf(kind, a, [11]uint32{b, c, d, e, f, g, h, i, j, k, l}))
	if err != nil {
		return at.kind(1).text(4, err.Error()).pointer()
	}
	return at.effects(4, effects).pointer()
}

// eventOf puts an input together from the numbers it comes as, of which the first may have 64 bits.
func eventOf(kind uint32, a uint64, n [11]uint32) Event {
	first := uint32(a)
	switch kind {
	case 0:
		return Call{Caller: Caller(a), Body: taken(n[0], n[1])}
	case 1:
		http := &HTTP{Method: takenText(n[0], n[1]), Path: takenText(n[2], n[3])}
		if n[4] != 0 {
			query := takenText(n[5], n[6])
			http.Query = &query
		}
		for _, header := range unsafe.Slice((*[4]uint32)(address(n[7])), n[8]) {
			http.Headers = append(http.Headers, Header{takenText(header[0], header[1]), takenText(header[2], header[3])})
		}
		return Call{Caller: Caller(a), Body: taken(n[9], n[10]), HTTP: http}
	case 2:
		return Cast{taken(first, n[0])}
	case 3:
		return Published{takenText(first, n[0]), taken(n[1], n[2])}
	case 4:
		return Timer{takenText(first, n[0]), taken(n[1], n[2])}
	case 5:
		if n[0] == 0 {
			return Response{Tag: a, Why: Replied, Body: taken(n[1], n[2])}
		}
		why, words := ended([]Why{NoWorker, Crashed, Stopped, Overloaded, TimedOut, Refused}, n[1], n[2], n[3])
		return Response{Tag: a, Why: why, Words: words}
	case 6:
		return Internal{taken(first, n[0])}
	case 7:
		return Entered{takenText(first, n[0])}
	case 8:
		why, words := ended([]Why{Normal, Shutdown, Swapped, Crashed}, n[3], n[4], n[5])
		return HandlerEnded{takenText(first, n[0]), takenText(n[1], n[2]), why, words}
	case 9:
		why, words := ended([]Why{NoWorker, Normal, Shutdown, Killed, Crashed, Unreachable}, n[2], n[3], n[4])
		return Down{a, takenText(n[0], n[1]), why, words}
	case 10:
		return StartPhase{takenText(first, n[0])}
	case 11:
		return PrepStop{}
	case 12:
		return ConfigChanged{taken(first, n[0])}
	}
	return Other{takenText(first, n[0]), taken(n[1], n[2])}
}

func ended(ways []Why, which, ptr, size uint32) (Why, string) {
	why := ways[which]
	switch why {
	case Crashed, Stopped, Refused, Swapped:
		return why, takenText(ptr, size)
	}
	return why, ""
}

//go:wasmexport tomte:behaviour/callbacks@0.1.0#terminate
func exportTerminate(nowMs, seq uint64, which, ptr, size uint32) unsafe.Pointer {
	defer enter()()
	why, words := ended([]Why{Normal, Shutdown, Upgrade, Crashed}, which, ptr, size)
	return result().effects(0, terminate(behaviour, nowMs, seq, Exit{why, words})).pointer()
}

//go:wasmexport tomte:behaviour/state@0.1.0#save
func exportSave() unsafe.Pointer {
	defer enter()()
	return result().text(0, behaviour.Schema()).body(8, JSON(behaviour.Save())).pointer()
}

//go:wasmexport tomte:behaviour/state@0.1.0#save-as
func exportSaveAs(ptr, size uint32) unsafe.Pointer {
	defer enter()()
	data, err := saveAs(behaviour, takenText(ptr, size))
	if err != nil {
		return result().kind(1).text(4, err.Error()).pointer()
	}
	return result().body(4, data).pointer()
}

//go:wasmexport cabi_post_tomte:behaviour/callbacks@0.1.0#init
func afterInit(unsafe.Pointer) { kept = kept[:0] }

//go:wasmexport cabi_post_tomte:behaviour/callbacks@0.1.0#step
func afterStep(unsafe.Pointer) { kept = kept[:0] }

//go:wasmexport cabi_post_tomte:behaviour/callbacks@0.1.0#terminate
func afterTerminate(unsafe.Pointer) { kept = kept[:0] }

//go:wasmexport cabi_post_tomte:behaviour/state@0.1.0#save
func afterSave(unsafe.Pointer) { kept = kept[:0] }

//go:wasmexport cabi_post_tomte:behaviour/state@0.1.0#save-as
func afterSaveAs(unsafe.Pointer) { kept = kept[:0] }
