//! A power cut (SECURITY.md 10): whatever the server did not have the disk keep may be lost, whole
//! or by halves, while the rest stays. SQLite only; PostgreSQL looks after its own disk.
//!
//! A shim beneath the server (`disk.c`) records its writes to the database, and ends it right after
//! one of them. The files are made anew from the record: all that was synchronised, and of what
//! came later some, some sectors of some, and of the rest nothing.
use std::{path::PathBuf, process::Command};

use sqlx::{Connection, SqliteConnection};
use tutela::random::{Random, SeededRandom};

use super::{Process, kill::survive};
use crate::harness::Database;

const ROUNDS: usize = 20;
/// What a disk writes whole, in bytes.
const SECTOR: usize = 512;
/// A transaction has some writes, and which of them is the last is not to be always the same.
const LAST_WRITES: u8 = 12;

/// A disk beneath a server that loses what it was not told to keep.
pub(super) struct Disk {
    folder: tempfile::TempDir,
    /// The database, and SQLite's log beside it.
    paths: [PathBuf; 2],
    /// What was on the disk when the server started.
    kept: [Vec<u8>; 2],
    random: SeededRandom,
    lost: usize,
}

/// What the server did to a file.
enum Deed {
    Write(usize, Vec<u8>),
    Truncate(usize),
    Synchronise,
}

impl Disk {
    fn beneath(database: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shim = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(folder.path().join("disk.so"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/disk.c"))
            .arg("-ldl")
            .status();
        assert!(shim.unwrap().success());
        let paths = ["tutela.db", "tutela.db-wal"].map(|name| database.path(name).into());
        Self {
            folder,
            kept: paths.each_ref().map(read),
            paths,
            random: SeededRandom::new(11),
            lost: 0,
        }
    }

    /// What puts it beneath a server.
    pub(super) fn environment(&mut self) -> [(&'static str, PathBuf); 5] {
        let [file, _] = &self.paths;
        let mut dice = [0];
        self.random.fill(&mut dice);
        let after = 1 + dice[0] % LAST_WRITES;
        [
            ("LD_PRELOAD", self.folder.path().join("disk.so")),
            ("DISK_RECORD", self.folder.path().join("record")),
            ("DISK_FILE", file.clone()),
            ("DISK_CUT", self.folder.path().join("cut")),
            ("DISK_CUT_AFTER", after.to_string().into()),
        ]
    }

    /// Cuts the power of a server that is at work.
    pub(super) fn cut(&self, server: Process) {
        std::fs::write(self.folder.path().join("cut"), "").unwrap();
        server.dies();
    }

    /// Makes the files what they may be after a power cut. Nobody has them open.
    pub(super) async fn lose_power(&mut self) {
        std::fs::remove_file(self.folder.path().join("cut")).unwrap();
        let record = self.folder.path().join("record");
        let deeds = deeds(&std::fs::read(&record).unwrap());
        std::fs::remove_file(record).unwrap();
        for (n, deeds) in deeds.into_iter().enumerate() {
            let is_sync = |deed: &Deed| matches!(deed, Deed::Synchronise);
            let safe = deeds.iter().rposition(is_sync).map_or(0, |last| last + 1);
            for (at, deed) in deeds.into_iter().enumerate() {
                let sectors = match at < safe {
                    true => Vec::new(),
                    false => self.unlucky(&deed),
                };
                carry_out(&mut self.kept[n], deed, &sectors);
            }
            std::fs::write(&self.paths[n], &self.kept[n]).unwrap();
        }
        let _ = std::fs::remove_file(self.paths[0].with_extension("db-shm"));
        self.check().await;
    }

    /// Which sectors of what was not synchronised are lost.
    fn unlucky(&mut self, deed: &Deed) -> Vec<bool> {
        let sectors = match deed {
            Deed::Write(_, data) => data.len().div_ceil(SECTOR),
            Deed::Truncate(_) | Deed::Synchronise => 1,
        };
        let mut dice = vec![0; sectors + 1];
        self.random.fill(&mut dice);
        let lost = |n: usize| match dice[0] % 3 {
            0 => true,
            1 => false,
            _ => dice[n + 1] < 128,
        };
        let lost: Vec<bool> = (0..sectors).map(lost).collect();
        self.lost += lost.iter().filter(|lost| **lost).count();
        lost
    }

    /// The database is whole, seen on a copy so that whoever starts finds what the cut left.
    async fn check(&self) {
        let copy = self.folder.path().join("copy.db");
        for (kept, name) in self.kept.iter().zip(["copy.db", "copy.db-wal"]) {
            std::fs::write(self.folder.path().join(name), kept).unwrap();
        }
        let url = format!("sqlite:{}", copy.display());
        let mut conn = SqliteConnection::connect(&url).await.unwrap();
        for (pragma, whole) in [("integrity_check", "ok"), ("journal_mode", "wal")] {
            let found: String = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("PRAGMA {pragma}")))
                .fetch_one(&mut conn)
                .await
                .unwrap();
            assert_eq!(found, whole, "{pragma}");
        }
        conn.close().await.unwrap();
    }
}

fn read(path: &PathBuf) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

/// What happened to each file. A record that the end of the server cut is none.
fn deeds(mut record: &[u8]) -> [Vec<Deed>; 2] {
    let mut deeds = [Vec::new(), Vec::new()];
    let number = |bytes: &[u8]| usize::try_from(u64::from_le_bytes(bytes.try_into().unwrap()));
    while let Some((head, rest)) = record.split_at_checked(18) {
        let (place, length) = (
            number(&head[2..10]).unwrap(),
            number(&head[10..18]).unwrap(),
        );
        let Some((data, rest)) = rest.split_at_checked(length) else {
            break;
        };
        record = rest;
        deeds[usize::from(head[1])].push(match head[0] {
            b'w' => Deed::Write(place, data.to_vec()),
            b't' => Deed::Truncate(place),
            _ => Deed::Synchronise,
        });
    }
    deeds
}

/// Does a deed, but for the sectors that are lost.
fn carry_out(file: &mut Vec<u8>, deed: Deed, lost: &[bool]) {
    let is_lost = |n: usize| lost.get(n) == Some(&true);
    match deed {
        Deed::Truncate(length) if !is_lost(0) => file.resize(length, 0),
        Deed::Truncate(_) | Deed::Synchronise => {}
        Deed::Write(place, data) => {
            for (n, sector) in data
                .chunks(SECTOR)
                .enumerate()
                .filter(|(n, _)| !is_lost(*n))
            {
                let from = place + n * SECTOR;
                file.resize(file.len().max(from + sector.len()), 0);
                file[from..from + sector.len()].copy_from_slice(sector);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_twenty_power_cuts_the_database_is_whole_and_every_acknowledged_write_is_there() {
    if std::env::var("TEST_POSTGRES").is_ok() {
        return;
    }
    let database = super::kill::clinic().await;
    let mut disk = Disk::beneath(&database);
    survive(&database, ROUNDS, Some(&mut disk)).await;
    assert!(disk.lost > 0, "every write was synchronised at once");
}
