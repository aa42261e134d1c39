//! The files a guest was granted, by wasmtime-wasi's own rules of what a path may reach. Whatever it
//! does is done by the thread that asks, so that it is ready at once.

use bytes::Bytes;
use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::filesystem::WasiFilesystemCtxView;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    ErrorCode as Refused, Host as Codes, HostDescriptor as Files, HostDirectoryEntryStream as Entries,
};
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream,
    ErrorCode, Filesize, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, FsError, FsResult, InputStream, Pollable, StreamError, StreamResult,
};

use super::super::state::State;
use super::Wasi;
use super::io::{In, now};

type Fd = Resource<Descriptor>;

/// What has been done by now.
fn done<T>(future: impl Future<Output = FsResult<T>>) -> FsResult<T> {
    now(future).map_err(FsError::trap)?
}

impl State {
    fn filesystem(&mut self) -> wasmtime::Result<WasiFilesystemCtxView<'_>> {
        let Wasi { filesystem, table, .. } = self.wasi_call()?;
        Ok(WasiFilesystemCtxView { ctx: filesystem, table })
    }

    fn files(&mut self) -> FsResult<WasiFilesystemCtxView<'_>> {
        self.filesystem().map_err(FsError::trap)
    }
}

/// A file as a stream that always has what comes next, for it is read when it is asked for. Left to
/// itself wasmtime-wasi reads ahead on threads of a runtime.
struct Ready(DynInputStream);

#[async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

#[async_trait]
impl InputStream for Ready {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        // To read nothing looks like the end of the file.
        if size == 0 {
            return Ok(Bytes::new());
        }
        now(self.0.blocking_read(size)).map_err(|stop| StreamError::Trap(stop.into()))?
    }
}

impl preopens::Host for State {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        preopens::Host::get_directories(&mut self.filesystem()?)
    }
}

impl types::Host for State {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        Ok(Codes::convert_error_code(&mut self.filesystem()?, error)?.into())
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(Codes::filesystem_error_code(&mut self.filesystem()?, error)?.map(Into::into))
    }
}

impl types::HostDescriptor for State {
    fn advise(&mut self, fd: Fd, offset: Filesize, length: Filesize, advice: Advice) -> FsResult<()> {
        done(Files::advise(&mut self.files()?, fd, offset, length, advice.into()))
    }

    fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        done(Files::sync_data(&mut self.files()?, fd))
    }

    fn get_flags(&mut self, fd: Fd) -> FsResult<DescriptorFlags> {
        Ok(done(Files::get_flags(&mut self.files()?, fd))?.into())
    }

    fn get_type(&mut self, fd: Fd) -> FsResult<DescriptorType> {
        Ok(done(Files::get_type(&mut self.files()?, fd))?.into())
    }

    fn set_size(&mut self, fd: Fd, size: Filesize) -> FsResult<()> {
        done(Files::set_size(&mut self.files()?, fd, size))
    }

    fn set_times(&mut self, fd: Fd, accessed: NewTimestamp, modified: NewTimestamp) -> FsResult<()> {
        done(Files::set_times(&mut self.files()?, fd, accessed.into(), modified.into()))
    }

    fn read(&mut self, fd: Fd, length: Filesize, offset: Filesize) -> FsResult<(Vec<u8>, bool)> {
        done(Files::read(&mut self.files()?, fd, length, offset))
    }

    fn write(&mut self, fd: Fd, bytes: Vec<u8>, offset: Filesize) -> FsResult<Filesize> {
        done(Files::write(&mut self.files()?, fd, bytes, offset))
    }

    fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        done(Files::read_directory(&mut self.files()?, fd))
    }

    fn sync(&mut self, fd: Fd) -> FsResult<()> {
        done(Files::sync(&mut self.files()?, fd))
    }

    fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        done(Files::create_directory_at(&mut self.files()?, fd, path))
    }

    fn stat(&mut self, fd: Fd) -> FsResult<DescriptorStat> {
        Ok(done(Files::stat(&mut self.files()?, fd))?.into())
    }

    fn stat_at(&mut self, fd: Fd, follow: PathFlags, path: String) -> FsResult<DescriptorStat> {
        Ok(done(Files::stat_at(&mut self.files()?, fd, follow.into(), path))?.into())
    }

    fn set_times_at(
        &mut self,
        fd: Fd,
        follow: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        done(Files::set_times_at(&mut self.files()?, fd, follow.into(), path, accessed.into(), modified.into()))
    }

    fn link_at(&mut self, fd: Fd, follow: PathFlags, path: String, to: Fd, new_path: String) -> FsResult<()> {
        done(Files::link_at(&mut self.files()?, fd, follow.into(), path, to, new_path))
    }

    fn open_at(
        &mut self,
        fd: Fd,
        follow: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Fd> {
        let mut files = self.files()?;
        let same = Resource::new_borrow(fd.rep());
        // To open a pipe waits for its other end, for ever perhaps, and nobody else is served then.
        if let Ok(found) = done(Files::stat_at(&mut files, same, follow.into(), path.clone()))
            && !matches!(
                found.type_.into(),
                DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink
            )
        {
            return Err(Refused::NotPermitted.into());
        }
        done(Files::open_at(&mut files, fd, follow.into(), path, how.into(), flags.into()))
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        Files::drop(&mut self.filesystem()?, fd)
    }

    fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        done(Files::readlink_at(&mut self.files()?, fd, path))
    }

    fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        done(Files::remove_directory_at(&mut self.files()?, fd, path))
    }

    fn rename_at(&mut self, fd: Fd, path: String, to: Fd, new_path: String) -> FsResult<()> {
        done(Files::rename_at(&mut self.files()?, fd, path, to, new_path))
    }

    fn symlink_at(&mut self, fd: Fd, to: String, path: String) -> FsResult<()> {
        done(Files::symlink_at(&mut self.files()?, fd, to, path))
    }

    fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        done(Files::unlink_file_at(&mut self.files()?, fd, path))
    }

    fn read_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<In> {
        let mut files = self.files()?;
        let stream = Files::read_via_stream(&mut files, fd, offset)?;
        let stream: DynInputStream = Box::new(Ready(files.table.delete(stream)?));
        Ok(files.table.push(stream)?)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynOutputStream>> {
        Files::write_via_stream(&mut self.files()?, fd, offset)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        Files::append_via_stream(&mut self.files()?, fd)
    }

    fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        now(Files::is_same_object(&mut self.filesystem()?, a, b))?
    }

    fn metadata_hash(&mut self, fd: Fd) -> FsResult<MetadataHashValue> {
        Ok(done(Files::metadata_hash(&mut self.files()?, fd))?.into())
    }

    fn metadata_hash_at(&mut self, fd: Fd, follow: PathFlags, path: String) -> FsResult<MetadataHashValue> {
        Ok(done(Files::metadata_hash_at(&mut self.files()?, fd, follow.into(), path))?.into())
    }
}

impl types::HostDirectoryEntryStream for State {
    fn read_directory_entry(&mut self, it: Resource<DirectoryEntryStream>) -> FsResult<Option<DirectoryEntry>> {
        Ok(done(Entries::read_directory_entry(&mut self.files()?, it))?.map(Into::into))
    }

    fn drop(&mut self, it: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        Entries::drop(&mut self.filesystem()?, it)
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::Store;
    use wasmtime_wasi::p2::StreamError;
    use wasmtime_wasi::p2::bindings::sync::io::poll::Host as _;
    use wasmtime_wasi::p2::bindings::sync::io::streams::HostInputStream as _;

    use super::super::super::allowance::{Allowance, Assets};
    use super::super::super::ticker::Ticker;
    use super::preopens::Host as _;
    use super::types::HostDescriptor as _;
    use super::*;
    use crate::base::limits::HOST_CALLS_MAX;

    /// A store whose guest may read a file `it` of 100 KB, that file opened, and its directory.
    fn opened() -> (Store<State>, Fd, tempfile::TempDir) {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("it"), "x".repeat(100_000)).expect("it is writable");
        let assets = Assets::open(dir.path()).expect("it is there");
        let allowance = Allowance { assets: Some(assets), ..Allowance::default() };
        let ticker = Ticker::start().expect("a thread");
        let mut store = State::store(&wasmtime::Engine::default(), &ticker, &allowance, (0, 0), None);
        ticker.stop();
        let state = store.data_mut();
        let (root, seen) = state.get_directories().expect("the table has room").remove(0);
        assert_eq!(seen, "/assets");
        let (follow, how, flags) = (PathFlags::empty(), OpenFlags::empty(), DescriptorFlags::READ);
        let file = state.open_at(root, follow, "it".to_owned(), how, flags).expect("a file");
        (store, file, dir)
    }

    #[test]
    fn a_file_is_a_stream_that_never_waits_and_needs_no_runtime() {
        let (mut store, file, _dir) = opened();
        let state = store.data_mut();
        let stream = state.read_via_stream(file, 10).expect("a stream").rep();
        let it = || Resource::new_borrow(stream);
        let poll = state.subscribe(it()).expect("something to wait for");
        assert_eq!(state.poll(vec![poll]).expect("ready"), [0]);
        assert!(streams_read(state, it(), 0).expect("nothing").is_empty());
        let mut read = 0;
        let end = loop {
            match streams_read(state, it(), 70_000) {
                Ok(bytes) if bytes.is_empty() => panic!("it was to have something at once"),
                Ok(bytes) => read += bytes.len(),
                Err(end) => break end,
            }
        };
        assert!(matches!(end, StreamError::Closed), "{end:?}");
        assert_eq!(read, 99_990);
    }

    fn streams_read(state: &mut State, stream: In, length: u64) -> StreamResult<Vec<u8>> {
        wasmtime_wasi::p2::bindings::sync::io::streams::HostInputStream::read(state, stream, length)
    }

    #[test]
    fn what_is_asked_about_a_file_counts_as_calls_to_the_host() {
        let (mut store, file, _dir) = opened();
        let mut asked = (0..=HOST_CALLS_MAX).map(|_| store.data_mut().get_flags(Resource::new_borrow(file.rep())));
        let error = asked.find_map(Result::err).expect("there is a bound");
        assert!(error.to_string().contains("calls to the host"), "{error}");
    }
}
