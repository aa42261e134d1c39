package tomte

import (
	"encoding/binary"
	"unsafe"
)

// How many bytes an effect has in memory: its case, and what it holds from the eighth byte on.
const effectSize = 72

// record is a value in memory as the canonical ABI of components lays it out. What it points at is kept until the host
// has read it.
type record struct {
	bytes []byte
	start int
	kept  *[]any
}

func (r *record) at(offset int) []byte { return r.bytes[r.start+offset:] }

func (r *record) kind(kind uint8) *record {
	r.bytes[0] = kind
	return r
}

func (r *record) u8(offset int, value uint8) *record {
	r.at(offset)[0] = value
	return r
}

func (r *record) u16(offset int, value uint16) *record {
	binary.LittleEndian.PutUint16(r.at(offset), value)
	return r
}

func (r *record) u32(offset int, value uint32) *record {
	binary.LittleEndian.PutUint32(r.at(offset), value)
	return r
}

func (r *record) u64(offset int, value uint64) *record {
	binary.LittleEndian.PutUint64(r.at(offset), value)
	return r
}

func (r *record) body(offset int, body []byte) *record {
	*r.kept = append(*r.kept, body)
	if len(body) > 0 {
		r.u32(offset, uint32(uintptr(unsafe.Pointer(&body[0]))))
	}
	return r.u32(offset+4, uint32(len(body)))
}

func (r *record) text(offset int, text string) *record { return r.body(offset, []byte(text)) }

func (r *record) tag(offset int, tag Tag) *record {
	if tag == nil {
		return r
	}
	return r.u8(offset, 1).u64(offset+8, *tag)
}

func (r *record) headers(offset int, headers []Header) *record {
	list := record{bytes: make([]byte, len(headers)*16), kept: r.kept}
	for i, header := range headers {
		list.text(i*16, header.Name).text(i*16+8, header.Value)
	}
	return r.body(offset, list.bytes).u32(offset+4, uint32(len(headers)))
}

func (r *record) handler(offset int, h AddHandler) *record {
	r.text(offset, h.Manager).text(offset+8, h.Handler).text(offset+16, h.Behaviour).body(offset+24, config(h.Config))
	if h.Supervised {
		r.u8(offset+32, 1)
	}
	return r.tag(offset+40, h.Tag)
}

func (r *record) exit(offset int, exit Exit) *record {
	switch exit.Why {
	case Normal:
		return r.u8(offset, 0)
	case Shutdown:
		return r.u8(offset, 1)
	case Crashed:
		return r.u8(offset, 3).text(offset+4, exit.Words)
	}
	panic("a worker stops as Normal, as Shutdown, or as Crashed with words")
}

// effects is a list of effects in a place of eight bytes.
func (r *record) effects(offset int, effects []Effect) *record {
	list := make([]byte, len(effects)*effectSize)
	for i, effect := range effects {
		effect.lower(&record{bytes: list[i*effectSize : (i+1)*effectSize], start: 8, kept: r.kept})
	}
	return r.body(offset, list).u32(offset+4, uint32(len(effects)))
}
