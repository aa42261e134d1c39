//! What compilers have done, kept on disk: a host that has seen its components before compiles nothing when it
//! starts. An entry that is damaged, foreign or of another machine is as good as none.

use std::fs::{self, DirBuilder, DirEntry, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use tomte_precompiled::{Keeper, Sealed, open_kept};

use super::task::Task;
use crate::base::Digest;
use crate::base::limits::{CACHE_BYTES_MAX, CACHE_ENTRIES_MAX, COMPILED_BYTES_MAX};
use crate::wasm::contract::CONTRACT_FILES;
use crate::wasm::maker::config;

/// How the files of entries end.
const ENDING: &str = "kept";

/// The file with the key.
const KEY: &str = "key";

/// A folder with what was done, and the key by which this host knows it again.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    keeper: Keeper,
    /// What every answer depends on beside the component: the engine, its settings, this machine, the contract.
    surroundings: Vec<u8>,
}

impl Cache {
    /// The cache in this folder, which is made if need be and is the host's alone.
    ///
    /// # Errors
    /// It cannot be made or read.
    pub fn open(folder: &Path) -> io::Result<Cache> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let keeper = Keeper::open(&folder.join(KEY))?;
        Ok(Cache { folder: folder.to_owned(), keeper, surroundings: surroundings()? })
    }

    /// What the answer to a task is called that this program did with these bytes.
    pub(super) fn name(&self, program: &Path, task: Task, bytes: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.surroundings);
        // Another program may give another answer, were it of the same version.
        if let Ok(metadata) = fs::metadata(program) {
            for number in [metadata.len(), metadata.mtime().cast_unsigned(), metadata.mtime_nsec().cast_unsigned()] {
                hash.update(number.to_be_bytes());
            }
        }
        hash.update(task.word());
        hash.update(Sha256::digest(bytes));
        format!("{}.{ENDING}", Digest(hash.finalize().into()))
    }

    /// What was kept under this name.
    pub(super) fn find(&self, name: &str) -> Option<Sealed> {
        let path = self.folder.join(name);
        let file = open_kept(&path).ok()?;
        let mut packed = vec![];
        file.take(COMPILED_BYTES_MAX + 1).read_to_end(&mut packed).ok()?;
        let unpacked = self.keeper.unpack(name, &packed);
        match &unpacked {
            // What was not used for longest goes first.
            Some(_) => drop(File::open(&path).and_then(|file| file.set_modified(SystemTime::now()))),
            None => {
                tracing::warn!(file = %path.display(), "a kept compilation is damaged or not this host's; it is done anew")
            }
        }
        unpacked
    }

    /// Keeps what was done. Whoever cannot keep it does it again next time.
    pub(super) fn keep(&self, name: &str, done: &Sealed) {
        if let Err(error) = self.write(name, done).and_then(|()| self.tidy()) {
            tracing::warn!(folder = %self.folder.display(), %error, "a compilation is not kept; the next start does it again");
        }
    }

    fn write(&self, name: &str, done: &Sealed) -> io::Result<()> {
        let packed = self.keeper.pack(name, done, COMPILED_BYTES_MAX)?;
        // A torn file has no mark, so nothing waits for the disk.
        let mut draft = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(&self.folder)?;
        draft.write_all(&packed)?;
        draft.persist(self.folder.join(name))?;
        Ok(())
    }

    /// Removes what was not used for longest, until the rest is within its bounds, and drafts of hosts that died.
    fn tidy(&self) -> io::Result<()> {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = vec![];
        for entry in fs::read_dir(&self.folder)? {
            entries.extend(entry.ok().and_then(|entry| kept(&entry)));
        }
        entries.sort_by_key(|(used, ..)| std::cmp::Reverse(*used));
        let mut bytes = 0;
        for (at, (_, size, path)) in entries.into_iter().enumerate() {
            bytes += size;
            if at >= CACHE_ENTRIES_MAX || bytes > CACHE_BYTES_MAX {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// When a file of the cache was used last, its bytes and its place; none of what is no entry.
fn kept(entry: &DirEntry) -> Option<(SystemTime, u64, PathBuf)> {
    let path = entry.path();
    let metadata = entry.metadata().ok()?;
    let ends = path.extension().is_some_and(|it| it == ENDING || it == "tmp");
    (ends && metadata.is_file()).then_some((metadata.modified().ok()?, metadata.len(), path))
}

/// The engine with its settings as this machine has it, and the contract.
fn surroundings() -> io::Result<Vec<u8>> {
    struct Into<'a>(&'a mut Sha256);
    impl std::hash::Hasher for Into<'_> {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hash = Sha256::new();
    let engine = wasmtime::Engine::new(&config()).map_err(|error| io::Error::other(error.to_string()))?;
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut Into(&mut hash));
    for (name, text) in CONTRACT_FILES {
        hash.update(name);
        hash.update(text);
    }
    hash.update(env!("CARGO_PKG_VERSION"));
    Ok(hash.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tomte_precompiled::Sheet;

    use super::*;

    fn sealed(text: &[u8]) -> Sealed {
        Sheet::of(text).and_then(Sheet::seal).expect("sealed")
    }

    fn found(cache: &Cache, name: &str) -> Option<Vec<u8>> {
        cache.find(name).map(|found| found.read(100).expect("read"))
    }

    fn program() -> PathBuf {
        std::env::current_exe().expect("this program")
    }

    #[test]
    fn an_answer_is_found_again_for_the_same_task_and_component_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path()).expect("a cache");
        let name = cache.name(&program(), Task::Compile, b"component");
        assert_eq!(found(&cache, &name), None);
        cache.keep(&name, &sealed(b"code"));
        let again = Cache::open(folder.path()).expect("the same cache");
        assert_eq!(found(&again, &again.name(&program(), Task::Compile, b"component")), Some(b"code".to_vec()));
        let others = [
            again.name(&program(), Task::CompileWithFuel, b"component"),
            again.name(&program(), Task::Check, b"component"),
            again.name(&program(), Task::Compile, b"another"),
            again.name(Path::new("/bin/sh"), Task::Compile, b"component"),
        ];
        assert!(others.iter().all(|other| *other != name && found(&again, other).is_none()));
    }

    #[test]
    fn a_damaged_a_foreign_and_a_truncated_entry_are_as_good_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path()).expect("a cache");
        let name = cache.name(&program(), Task::Compile, b"component");
        let path = folder.path().join(&name);
        cache.keep(&name, &sealed(b"code"));
        let whole = fs::read(&path).expect("an entry");
        let foreign = tempfile::tempdir().expect("a folder");
        let stranger = Cache::open(foreign.path()).expect("another host's cache");
        stranger.keep(&name, &sealed(b"evil"));
        let mut damaged = whole.clone();
        damaged[whole.len() - 1] ^= 1;
        for bytes in
            [damaged.as_slice(), &whole[..whole.len() - 1], b"", &fs::read(foreign.path().join(&name)).expect("theirs")]
        {
            fs::write(&path, bytes).expect("written");
            assert_eq!(found(&cache, &name), None);
        }
        let other = cache.name(&program(), Task::Compile, b"another");
        fs::write(folder.path().join(&other), &whole).expect("written under another name");
        assert_eq!(found(&cache, &other), None);
        cache.keep(&name, &sealed(b"code"));
        assert_eq!(found(&cache, &name), Some(b"code".to_vec()), "it is done anew");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path()).expect("a cache");
        let name = |number: usize| format!("{number}.{ENDING}");
        let long_ago = SystemTime::now() - Duration::from_secs(1_000_000);
        for number in 0..CACHE_ENTRIES_MAX {
            cache.keep(&name(number), &sealed(b"code"));
            let file = File::open(folder.path().join(name(number))).expect("an entry");
            file.set_modified(long_ago + Duration::from_secs(number as u64)).expect("an old one");
        }
        assert!(cache.find(&name(0)).is_some(), "used again");
        cache.keep("new.kept", &sealed(b"code"));
        assert!(cache.find(&name(1)).is_none(), "the oldest has gone");
        assert!([name(0), name(2), "new.kept".to_owned()].iter().all(|name| cache.find(name).is_some()));
    }
}
