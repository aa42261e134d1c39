;; {{name}}: counts. Asked "Increment", "Read" or "Reset", as JSON; answers "Ack" or {"Value":2}.
;;
;; A behaviour by hand: a core module that exports the contract's functions as the canonical ABI of components has them.
;; A text or a body is two i32: where it begins, how long it is. A function that returns more than a number returns where
;; that lies. `tomte wit` writes the contract; the numbers of its cases count from 0 in the order they stand there.
(module
  (import "tomte:behaviour/log@0.1.0" "log" (func $log (param $level i32) (param $ptr i32) (param $len i32)))
  (import "tomte:behaviour/fault@0.1.0" "crash" (func $crash (param $ptr i32) (param $len i32)))
  (memory (export "memory") 1)

  ;; ---- memory ------------------------------------------------------------------------------------------------------
  ;;    0  what a function returns: 16 bytes at most
  ;;   16  room for an answer in the making; a number ends at 64
  ;;  128  effects: 72 bytes each, the case first, what it holds from the eighth byte on
  ;; 1024  texts
  ;; 4096  what the host puts there for one call: from here on, as far as it takes
  (data (i32.const 1024) "\"Increment\"")                     ;; 11
  (data (i32.const 1040) "\"Read\"")                          ;; 6
  (data (i32.const 1056) "\"Reset\"")                         ;; 7
  (data (i32.const 1072) "\"Ack\"")                           ;; 5
  (data (i32.const 1088) "{\"Value\":")                       ;; 9
  (data (i32.const 1104) "reset at zero")                     ;; 13
  (data (i32.const 1120) "not an input of this behaviour: \"Increment\", \"Read\" or \"Reset\"") ;; 62
  (data (i32.const 1200) "nothing here handles this input")   ;; 31
  (data (i32.const 1248) "the saved state is no number")      ;; 28
  (data (i32.const 1280) "no state of that schema can be written") ;; 38
  ;; Name a new schema when what is saved changes, and read the old one in `init`.
  (data (i32.const 2048) "{{name}}/1")
  (func $schema (result i32 i32) (i32.const 2048) (call $length (i32.const 2048)))

  ;; Lives on through an upgrade, as JSON.
  (global $count (mut i64) (i64.const 0))

  (global $top (mut i32) (i32.const 4096))
  (global $effects (mut i32) (i32.const 0))

  ;; The host asks for room for what it hands over.
  (func (export "cabi_realloc") (param $old i32) (param $old_len i32) (param $align i32) (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get $len)))
    (if (i32.lt_u (global.get $top) (local.get $at)) (then unreachable))
    (block $enough (loop $more
      (br_if $enough (i64.le_u (i64.extend_i32_u (global.get $top)) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16))))
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
      (br $more)))
    (memory.copy (local.get $at) (local.get $old) (local.get $old_len))
    (local.get $at))

  ;; After each call, when the host has read what was returned.
  (func $release
    (global.set $top (i32.const 4096))
    (global.set $effects (i32.const 0)))

  ;; ---- texts -------------------------------------------------------------------------------------------------------
  ;; How long a text is that a zero ends.
  (func $length (param $ptr i32) (result i32)
    (local $len i32)
    (block $end (loop $next
      (br_if $end (i32.eqz (i32.load8_u (i32.add (local.get $ptr) (local.get $len)))))
      (local.set $len (i32.add (local.get $len) (i32.const 1)))
      (br $next)))
    (local.get $len))

  (func $same (param $a i32) (param $a_len i32) (param $b i32) (param $b_len i32) (result i32)
    (if (i32.ne (local.get $a_len) (local.get $b_len)) (then (return (i32.const 0))))
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $b_len)))
      (local.set $b_len (i32.sub (local.get $b_len) (i32.const 1)))
      (br_if $next (i32.eq
        (i32.load8_u (i32.add (local.get $a) (local.get $b_len)))
        (i32.load8_u (i32.add (local.get $b) (local.get $b_len)))))
      (return (i32.const 0))))
    (i32.const 1))

  ;; The count from its decimal digits, and whether that is what they are.
  (func $parse (param $ptr i32) (param $len i32) (result i32)
    (local $value i64) (local $digit i32)
    (if (i32.or (i32.eqz (local.get $len)) (i32.gt_u (local.get $len) (i32.const 20))) (then (return (i32.const 0))))
    (block $end (loop $next
      (br_if $end (i32.eqz (local.get $len)))
      (local.set $digit (i32.sub (i32.load8_u (local.get $ptr)) (i32.const 48)))
      (if (i32.gt_u (local.get $digit) (i32.const 9)) (then (return (i32.const 0))))
      ;; More than 64 bits hold?
      (if (i64.gt_u (local.get $value) (i64.const 1844674407370955161)) (then (return (i32.const 0))))
      (local.set $value (i64.mul (local.get $value) (i64.const 10)))
      (if (i64.gt_u (local.get $value) (i64.sub (i64.const -1) (i64.extend_i32_u (local.get $digit)))) (then (return (i32.const 0))))
      (local.set $value (i64.add (local.get $value) (i64.extend_i32_u (local.get $digit))))
      (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
      (local.set $len (i32.sub (local.get $len) (i32.const 1)))
      (br $next)))
    (global.set $count (local.get $value))
    (i32.const 1))

  ;; The count as decimal digits, the last of them before `$end`; where they begin.
  (func $digits (param $end i32) (result i32)
    (local $value i64)
    (local.set $value (global.get $count))
    (loop $next
      (local.set $end (i32.sub (local.get $end) (i32.const 1)))
      (i32.store8 (local.get $end) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $value) (i64.const 10)))))
      (local.set $value (i64.div_u (local.get $value) (i64.const 10)))
      (br_if $next (i64.ne (local.get $value) (i64.const 0))))
    (local.get $end))

  ;; ---- what is returned ----------------------------------------------------------------------------------------------
  ;; A `result`: its case, and a text or a list.
  (func $result (param $case i32) (param $ptr i32) (param $len i32) (result i32)
    (i32.store8 (i32.const 0) (local.get $case))
    (i32.store (i32.const 4) (local.get $ptr))
    (i32.store (i32.const 8) (local.get $len))
    (i32.const 0))
  (func $done (result i32) (call $result (i32.const 0) (i32.const 128) (global.get $effects)))

  ;; The effect `reply`, case 0: a token and a body.
  (func $reply (param $token i64) (param $ptr i32) (param $len i32)
    (local $at i32)
    (local.set $at (i32.add (i32.const 128) (i32.mul (global.get $effects) (i32.const 72))))
    (global.set $effects (i32.add (global.get $effects) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.const 0))
    (i64.store offset=8 (local.get $at) (local.get $token))
    (i32.store offset=16 (local.get $at) (local.get $ptr))
    (i32.store offset=20 (local.get $at) (local.get $len)))

  ;; ---- the behaviour -------------------------------------------------------------------------------------------------
  (func (export "tomte:behaviour/callbacks@0.1.0#init")
    (param $worker i32) (param $worker_len i32) (param $generation i64) (param $now_ms i64) (param $seed i64)
    (param $config i32) (param $config_len i32)
    (param $saved i32) (param $schema i32) (param $schema_len i32) (param $data i32) (param $data_len i32)
    (result i32)
    (global.set $count (i64.const 0))
    (if (i32.eqz (local.get $saved)) (then (return (call $done))))
    ;; Here an older schema would be read.
    (if (i32.eqz (call $same (local.get $schema) (local.get $schema_len) (call $schema))) (then
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store8 (i32.const 4) (i32.const 1)) ;; unknown-schema
      (return (i32.const 0))))
    (if (i32.eqz (call $parse (local.get $data) (local.get $data_len))) (then
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store8 (i32.const 4) (i32.const 2)) ;; stop, with these words
      (i32.store (i32.const 8) (i32.const 1248))
      (i32.store (i32.const 12) (i32.const 28))
      (return (i32.const 0))))
    (call $done))

  ;; What an input holds comes as numbers, of which the first may have 64 bits.
  (func (export "tomte:behaviour/callbacks@0.1.0#step")
    (param $now_ms i64) (param $seq i64) (param $case i32)
    (param $a i64) (param $b i32) (param $c i32) (param $d i32) (param $e i32) (param $f i32) (param $g i32)
    (param $h i32) (param $i i32) (param $j i32) (param $k i32) (param $l i32)
    (result i32)
    ;; call: a token and a body
    (if (i32.eqz (local.get $case)) (then
      (return (call $asked (i32.const 1) (local.get $a) (local.get $b) (local.get $c)))))
    ;; http: the same with what belongs to HTTP between the two
    (if (i32.eq (local.get $case) (i32.const 1)) (then
      (return (call $asked (i32.const 1) (local.get $a) (local.get $k) (local.get $l)))))
    ;; cast: a body
    (if (i32.eq (local.get $case) (i32.const 2)) (then
      (return (call $asked (i32.const 0) (i64.const 0) (i32.wrap_i64 (local.get $a)) (local.get $b)))))
    (call $log (i32.const 1) (i32.const 1200) (i32.const 31))
    (call $done))

  (func $asked (param $waits i32) (param $token i64) (param $ptr i32) (param $len i32) (result i32)
    (local $answer i32) (local $answer_len i32)
    (local.set $answer (i32.const 1072))
    (local.set $answer_len (i32.const 5))
    (block $answered
      (if (call $same (local.get $ptr) (local.get $len) (i32.const 1024) (i32.const 11)) (then
        (global.set $count (i64.add (global.get $count) (i64.const 1)))
        (br $answered)))
      (if (call $same (local.get $ptr) (local.get $len) (i32.const 1040) (i32.const 6)) (then
        (local.set $answer (i32.sub (call $digits (i32.const 64)) (i32.const 9)))
        (memory.copy (local.get $answer) (i32.const 1088) (i32.const 9))
        (i32.store8 (i32.const 64) (i32.const 125)) ;; }
        (local.set $answer_len (i32.sub (i32.const 65) (local.get $answer)))
        (br $answered)))
      (if (call $same (local.get $ptr) (local.get $len) (i32.const 1056) (i32.const 7)) (then
        ;; Its caller is told, its supervisor starts it again, nobody else notices.
        (if (i64.eqz (global.get $count)) (then (call $crash (i32.const 1104) (i32.const 13)) unreachable))
        (global.set $count (i64.const 0))
        (br $answered)))
      ;; Its caller is told; nothing has changed, nothing has crashed.
      (return (call $result (i32.const 1) (i32.const 1120) (i32.const 62))))
    (if (local.get $waits) (then (call $reply (local.get $token) (local.get $answer) (local.get $answer_len))))
    (call $done))

  (func (export "tomte:behaviour/callbacks@0.1.0#terminate")
    (param $now_ms i64) (param $seq i64) (param $case i32) (param $ptr i32) (param $len i32) (result i32)
    (i32.store (i32.const 0) (i32.const 128))
    (i32.store (i32.const 4) (global.get $effects))
    (i32.const 0))

  (func (export "tomte:behaviour/state@0.1.0#save") (result i32)
    (local $at i32)
    (local.set $at (call $digits (i32.const 64)))
    (i32.store (i32.const 0) (i32.const 2048))
    (i32.store (i32.const 4) (call $length (i32.const 2048)))
    (i32.store (i32.const 8) (local.get $at))
    (i32.store (i32.const 12) (i32.sub (i32.const 64) (local.get $at)))
    (i32.const 0))

  ;; In an older schema, for a downgrade.
  (func (export "tomte:behaviour/state@0.1.0#save-as") (param $ptr i32) (param $len i32) (result i32)
    (local $at i32)
    (if (i32.eqz (call $same (local.get $ptr) (local.get $len) (call $schema))) (then
      (return (call $result (i32.const 1) (i32.const 1280) (i32.const 38)))))
    (local.set $at (call $digits (i32.const 64)))
    (call $result (i32.const 0) (local.get $at) (i32.sub (i32.const 64) (local.get $at))))

  (func (export "cabi_post_tomte:behaviour/callbacks@0.1.0#init") (param i32) (call $release))
  (func (export "cabi_post_tomte:behaviour/callbacks@0.1.0#step") (param i32) (call $release))
  (func (export "cabi_post_tomte:behaviour/callbacks@0.1.0#terminate") (param i32) (call $release))
  (func (export "cabi_post_tomte:behaviour/state@0.1.0#save") (param i32) (call $release))
  (func (export "cabi_post_tomte:behaviour/state@0.1.0#save-as") (param i32) (call $release))
)
