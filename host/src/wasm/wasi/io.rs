//! Streams and polling without waiting: whatever a guest can hold is ready, or it is a fault.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::component::Resource;
use wasmtime_wasi::ResourceTable;
use wasmtime_wasi::p2::bindings::io::poll::{Host as Polling, HostPollable as Pollables};
use wasmtime_wasi::p2::bindings::io::streams::{Host as Errors, HostInputStream as Ins, HostOutputStream as Outs};
use wasmtime_wasi::p2::bindings::sync::io::{poll, streams};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult};

use super::super::state::State;
use super::super::stop::Stop;

pub(super) type In = Resource<DynInputStream>;
type Out = Resource<DynOutputStream>;

/// What is ready now.
pub(super) fn now<T>(future: impl Future<Output = T>) -> Result<T, Stop> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err(Stop::Forever),
    }
}

/// The same for streams, whose errors may also be traps.
fn flow<T>(future: impl Future<Output = StreamResult<T>>) -> StreamResult<T> {
    now(future).map_err(|stop| StreamError::Trap(stop.into()))?
}

impl State {
    fn table(&mut self) -> wasmtime::Result<&mut ResourceTable> {
        Ok(&mut self.wasi_call()?.table)
    }

    fn pipes(&mut self) -> StreamResult<&mut ResourceTable> {
        self.table().map_err(StreamError::Trap)
    }
}

impl poll::Host for State {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        now(Polling::poll(self.table()?, pollables))?
    }
}

impl poll::HostPollable for State {
    fn ready(&mut self, it: Resource<DynPollable>) -> wasmtime::Result<bool> {
        now(Pollables::ready(self.table()?, it))?
    }

    fn block(&mut self, it: Resource<DynPollable>) -> wasmtime::Result<()> {
        now(Pollables::block(self.table()?, it))?
    }

    fn drop(&mut self, it: Resource<DynPollable>) -> wasmtime::Result<()> {
        Pollables::drop(self.table()?, it)
    }
}

impl streams::Host for State {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<streams::StreamError> {
        Ok(Errors::convert_stream_error(self.table()?, error)?.into())
    }
}

impl streams::HostOutputStream for State {
    fn drop(&mut self, it: Out) -> wasmtime::Result<()> {
        now(Outs::drop(self.table()?, it))?
    }

    fn check_write(&mut self, it: Out) -> StreamResult<u64> {
        Outs::check_write(self.pipes()?, it)
    }

    fn write(&mut self, it: Out, bytes: Vec<u8>) -> StreamResult<()> {
        Outs::write(self.pipes()?, it, bytes)
    }

    fn blocking_write_and_flush(&mut self, it: Out, bytes: Vec<u8>) -> StreamResult<()> {
        flow(Outs::blocking_write_and_flush(self.pipes()?, it, bytes))
    }

    fn blocking_write_zeroes_and_flush(&mut self, it: Out, length: u64) -> StreamResult<()> {
        flow(Outs::blocking_write_zeroes_and_flush(self.pipes()?, it, length))
    }

    fn subscribe(&mut self, it: Out) -> wasmtime::Result<Resource<DynPollable>> {
        Outs::subscribe(self.table()?, it)
    }

    fn write_zeroes(&mut self, it: Out, length: u64) -> StreamResult<()> {
        Outs::write_zeroes(self.pipes()?, it, length)
    }

    fn flush(&mut self, it: Out) -> StreamResult<()> {
        Outs::flush(self.pipes()?, it)
    }

    fn blocking_flush(&mut self, it: Out) -> StreamResult<()> {
        flow(Outs::blocking_flush(self.pipes()?, it))
    }

    fn splice(&mut self, to: Out, from: In, length: u64) -> StreamResult<u64> {
        Outs::splice(self.pipes()?, to, from, length)
    }

    fn blocking_splice(&mut self, to: Out, from: In, length: u64) -> StreamResult<u64> {
        flow(Outs::blocking_splice(self.pipes()?, to, from, length))
    }
}

impl streams::HostInputStream for State {
    fn drop(&mut self, it: In) -> wasmtime::Result<()> {
        now(Ins::drop(self.table()?, it))?
    }

    fn read(&mut self, it: In, length: u64) -> StreamResult<Vec<u8>> {
        Ins::read(self.pipes()?, it, length)
    }

    fn blocking_read(&mut self, it: In, length: u64) -> StreamResult<Vec<u8>> {
        flow(Ins::blocking_read(self.pipes()?, it, length))
    }

    fn skip(&mut self, it: In, length: u64) -> StreamResult<u64> {
        Ins::skip(self.pipes()?, it, length)
    }

    fn blocking_skip(&mut self, it: In, length: u64) -> StreamResult<u64> {
        flow(Ins::blocking_skip(self.pipes()?, it, length))
    }

    fn subscribe(&mut self, it: In) -> wasmtime::Result<Resource<DynPollable>> {
        Ins::subscribe(self.table()?, it)
    }
}
