package main

import "{{name}}/tomte"

// The component is the behaviour that is given here.
func init() {
	tomte.Run(&Counter{})
}

func main() {}
