//! What a large directory of HCPs costs: lists, filters and searches, and a large import.
//!
//! `cargo bench --bench directory` fills a temporary SQLite database, and one of the PostgreSQL
//! server that `TEST_POSTGRES` names (with `ONLY_POSTGRES` none but that), with `HCPS` entries
//! (1 000 000) through the library's own store, and prints the median and the 99th percentile
//! of each question. Then it uploads a file of `ROWS` rows (100 000) to the real server with
//! raised limits, prints how long the preview took and how much memory the server and its reader
//! needed, imports it, and prints how long those waited who wrote meanwhile.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a driver that prints its figures, and stops where an answer is missing"
)]
use std::{
    fmt::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tutela::{
    audit::Doer,
    clock::SystemClock,
    hcps::{self, Details, Filter, Fit, HcpType, Listing, Sort, Status},
    id::HcpId,
    organizations::{self, Directory},
    random::SystemRandom,
    secret::Secret,
    store::{Options, Schema, Store, StoreError, Tx},
};

const CLINIC: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.solutions]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0100"
name = "App"
databases = [
  { id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101", name = "Large" },
  { id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0102", name = "Fresh" },
]

[[organizations.service_accounts]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01"
name = "Importer"
modes = ["application"]
scopes = ["hcp:import", "hcp:write"]
audiences = ["self"]
api_keys = [{ name = "first", secret = "tsk_development_only_importer", expires_at = "2099-06-30T12:00:00Z" }]
"#;
const LARGE: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0101";
const FRESH: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0102";
const IMPORTER: (&str, &str) = (
    "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0b01",
    "tsk_development_only_importer",
);
/// Times that each question is asked.
const TIMES: usize = 200;
/// Organizations, each above as many professionals.
const ORGANIZATIONS: usize = 500;
/// HCPs that are made in one transaction.
const AT_ONCE: usize = 5_000;
/// HCPs on a page.
const ON_A_PAGE: i64 = 25;
const FIRST: [&str; 20] = [
    "Anna", "Bram", "Chloé", "Dário", "Eszter", "Farid", "Greta", "Hugo", "Inés", "Jonas", "Kaja",
    "Łukasz", "Maria", "Noor", "Omar", "Petra", "Quinn", "Rosa", "Søren", "Tom",
];
const LAST: [&str; 25] = [
    "Benali",
    "de Wit",
    "Laurent",
    "Mendes",
    "Kovács",
    "Haddad",
    "Vogt",
    "Berg",
    "García",
    "Lindqvist",
    "Nowak",
    "Silva",
    "El-Sayed",
    "Rossi",
    "Weber",
    "Martin",
    "Peeters",
    "Janssens",
    "Dubois",
    "Müller",
    "Okafor",
    "Chen",
    "Becker",
    "Lee",
    "Roe",
];

fn main() -> anyhow::Result<()> {
    let number = |name, other| std::env::var(name).map_or(Ok(other), |text| text.parse());
    let (hcps, rows) = (number("HCPS", 1_000_000)?, number("ROWS", 100_000)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if std::env::var_os("ONLY_POSTGRES").is_none() {
            let folder = tempfile::tempdir()?;
            let url = format!("sqlite:{}", folder.path().join("tutela.db").display());
            println!("SQLite, {hcps} HCPs");
            measure(folder.path(), &url, (hcps, rows)).await?;
        }
        let Ok(server) = std::env::var("TEST_POSTGRES") else {
            return Ok(());
        };
        let folder = tempfile::tempdir()?;
        let name = format!("tutela_bench_{}", std::process::id());
        let (base, _) = server.rsplit_once('/').context("TEST_POSTGRES is a URL")?;
        let mut postgres = PgConnection::connect(&server).await?;
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut postgres).await?;
        println!("PostgreSQL, {hcps} HCPs");
        let measured = measure(folder.path(), &format!("{base}/{name}"), (hcps, rows)).await;
        let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
        sqlx::query(drop).execute(&mut postgres).await?;
        measured
    })
}

async fn measure(folder: &Path, url: &str, (hcps, rows): (usize, usize)) -> anyhow::Result<()> {
    std::fs::write(folder.join("clinic.toml"), CLINIC)?;
    let applied = tutela(folder, url)
        .args(["apply", "clinic.toml"])
        .status()?;
    anyhow::ensure!(applied.success(), "the clinic was not applied");
    let options = Options {
        url: Secret::new(url),
        schema: Schema::Migrate,
    };
    let store = Store::open(&options, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    let parents = fill(&store, hcps).await?;
    if url.starts_with("postgres") {
        // What it does by itself after a while.
        let mut postgres = PgConnection::connect(url).await?;
        sqlx::query("VACUUM ANALYZE").execute(&mut postgres).await?;
    }
    lists(&store, hcps, &parents).await?;
    store.close().await;
    import(folder, url, rows).await
}

fn tutela(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutela"));
    command
        .current_dir(folder)
        .env("TUTELA_DATABASE_URL", url)
        .env("TUTELA_KEYS_DIR", folder.join("keys"))
        .env("TUTELA_ADMIN_LISTEN", "127.0.0.1:0")
        .env("TUTELA_IMPORT__MAX_ROWS", "200000")
        .env("TUTELA_IMPORT__MAX_BYTES", "67108864")
        .env("RUST_LOG", "warn")
        .stdout(Stdio::null());
    command
}

// --- a large directory ----------------------------------------------------------------

fn professional(n: usize, parent: Option<HcpId>) -> Fit {
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n / FIRST.len() % LAST.len()]);
    let details = Details {
        first_name: Some(first.to_owned()),
        last_name: Some(match n % 3 {
            0 => format!("{last}-{}", syllables(n)),
            _ => last.to_owned(),
        }),
        name: None,
        email: Some(format!("person{n}@clinic{}.example", n % 97)),
        phone: Some(format!("+324{n:08}")),
        parent_id: parent.map(|id| id.to_string()),
    };
    details.check(HcpType::Professional).expect("it fits")
}

/// A name of its own for each number.
fn syllables(mut n: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"];
    let mut name = String::new();
    while n > 0 {
        name.push_str(SYLLABLES[n % 10]);
        n /= 10;
    }
    name
}

async fn directory(store: &Store, id: &str) -> anyhow::Result<Directory> {
    let mut tx = store.read().await?;
    let found = organizations::directory(&mut tx, id.parse()?).await?;
    found.context("the directory")
}

/// Makes the HCPs, and gives the organizations.
async fn fill(store: &Store, hcps: usize) -> anyhow::Result<Vec<HcpId>> {
    let started = Instant::now();
    let large = directory(store, LARGE).await?;
    let doer = Doer::Command("bench");
    let mut parents = Vec::new();
    let mut tx = store.write().await?;
    for n in 0..ORGANIZATIONS {
        let details = Details {
            name: Some(format!("Clinic {} {n}", syllables(n))),
            ..Details::default()
        };
        let fit = details.check(HcpType::Organization).expect("it fits");
        let made = hcps::create(&mut tx, &large, &fit, &doer).await?;
        parents.push(made.expect("it is made").id);
    }
    tx.commit().await?;
    for start in (0..hcps).step_by(AT_ONCE) {
        let some: Vec<Fit> = (start..hcps.min(start + AT_ONCE))
            .map(|n| professional(n, Some(parents[n % ORGANIZATIONS]).filter(|_| n % 4 != 0)))
            .collect();
        let mut tx = turn(store).await?;
        let made = hcps::create_many(&mut tx, &large, &some, &doer).await?;
        assert!(made.iter().all(Result::is_ok));
        match tx.commit().await {
            Err(StoreError::Slow) => {} // so many take the disk longer than a server may wait
            committed => committed?,
        }
    }
    let mut tx = turn(store).await?;
    tx.query("UPDATE hcps SET status = 'disabled' WHERE phone LIKE '%77'")
        .run()
        .await?;
    tx.commit().await?;
    println!("  filled in {:.0} s", started.elapsed().as_secs_f64());
    Ok(parents)
}

/// Waits for the disk longer than a server does.
async fn turn(store: &Store) -> Result<Tx, StoreError> {
    loop {
        match store.write().await {
            Err(StoreError::Slow) => {}
            turn => return turn,
        }
    }
}

/// A question, which may differ each time.
type Ask<'a> = Box<dyn Fn(usize) -> (Filter, Sort, String) + 'a>;

async fn lists(store: &Store, hcps: usize, parents: &[HcpId]) -> anyhow::Result<()> {
    let ends = ends(store).await?;
    let ids = some_ids(store).await?;
    let text = |text: String| Filter {
        text: Some(text),
        ..Filter::default()
    };
    let all = |filter: Filter| (filter, Sort::Name, String::new());
    let n = move |i: usize| i * 7919 % hcps;
    let sorted = |sort: Sort| move |_| (Filter::default(), sort, String::new());
    let kind = |kind| Filter {
        kind: Some(kind),
        ..Filter::default()
    };
    let status = |status| Filter {
        status: Some(status),
        ..Filter::default()
    };
    let below = |i: usize| Filter {
        parent: Some(parents[i % parents.len()]),
        ..Filter::default()
    };
    let questions: Vec<(&str, Ask<'_>)> = vec![
        ("list by name", Box::new(sorted(Sort::Name))),
        (
            "list by name, from the end",
            Box::new(sorted(Sort::NameDown)),
        ),
        ("list, oldest first", Box::new(sorted(Sort::Age))),
        ("list, newest first", Box::new(sorted(Sort::AgeDown))),
        (
            "last page by name",
            Box::new(|_| (Filter::default(), Sort::Name, ends.0.clone())),
        ),
        (
            "last page by age",
            Box::new(|_| (Filter::default(), Sort::Age, ends.1.clone())),
        ),
        (
            "type: organization",
            Box::new(move |_| all(kind(HcpType::Organization))),
        ),
        (
            "type: professional",
            Box::new(move |_| all(kind(HcpType::Professional))),
        ),
        (
            "status: disabled",
            Box::new(move |_| all(status(Status::Disabled))),
        ),
        (
            "status: active",
            Box::new(move |_| all(status(Status::Active))),
        ),
        ("below an organization", Box::new(move |i| all(below(i)))),
        (
            "below an organization, disabled, newest first",
            Box::new(move |i| {
                let filter = Filter {
                    status: Some(Status::Disabled),
                    ..below(i)
                };
                (filter, Sort::AgeDown, String::new())
            }),
        ),
        (
            "organizations that are disabled",
            Box::new(move |_| {
                all(Filter {
                    kind: Some(HcpType::Organization),
                    ..status(Status::Disabled)
                })
            }),
        ),
        (
            "search: a frequent first name",
            Box::new(move |i| all(text(FIRST[i % 20].to_owned()))),
        ),
        (
            "search: two letters",
            Box::new(move |i| all(text(FIRST[i % 20].chars().take(2).collect()))),
        ),
        (
            "search: a whole rare name",
            Box::new(move |i| all(text(syllables(n(i) / 3 * 3)))),
        ),
        (
            "search: frequent first and last name",
            Box::new(move |i| all(text(format!("{} {}", FIRST[i % 20], LAST[i % 25])))),
        ),
        (
            "search: a frequent last name",
            Box::new(move |i| all(text(LAST[i % 25].to_owned()))),
        ),
        (
            "search: a frequent last name, from the end",
            Box::new(move |i| (text(LAST[i % 25].to_owned()), Sort::NameDown, String::new())),
        ),
        (
            "search: a frequent last name, active ones",
            Box::new(move |i| {
                all(Filter {
                    text: Some(LAST[i % 25].to_owned()),
                    ..status(Status::Active)
                })
            }),
        ),
        (
            "search: two first names, which nobody has",
            Box::new(move |i| all(text(format!("{} {}", FIRST[i % 20], FIRST[(i + 7) % 20])))),
        ),
        (
            "search: frequent names that are nobody's",
            Box::new(move |i| all(text(format!("{} clinic", FIRST[i % 20])))),
        ),
        (
            "search: a frequent name among organizations",
            Box::new(move |i| {
                all(Filter {
                    kind: Some(HcpType::Organization),
                    ..text(FIRST[i % 20].to_owned())
                })
            }),
        ),
        (
            "search: a frequent name below an organization",
            Box::new(move |i| {
                all(Filter {
                    text: Some(FIRST[i % 20].to_owned()),
                    ..below(i)
                })
            }),
        ),
        (
            "search: a frequent name, newest first",
            Box::new(move |i| (text(FIRST[i % 20].to_owned()), Sort::AgeDown, String::new())),
        ),
        (
            "search: nobody",
            Box::new(move |i| all(text(format!("qx{i}")))),
        ),
        (
            "search: a whole e-mail address",
            Box::new(move |i| {
                all(text(format!(
                    "person{0}@clinic{1}.example",
                    n(i),
                    n(i) % 97
                )))
            }),
        ),
        (
            "search: the beginning of e-mail addresses",
            Box::new(move |i| all(text(format!("person{}@", n(i))))),
        ),
        (
            "search: a whole phone number",
            Box::new(move |i| all(text(format!("+324{:08}", n(i))))),
        ),
        (
            "search: the end of a phone number",
            Box::new(move |i| all(text(format!("{:08}", n(i))))),
        ),
        (
            "search: the beginning of phone numbers",
            Box::new(move |i| all(text(format!("+32 4 0{}", i % 10)))),
        ),
        (
            "search: an id",
            Box::new(|i| all(text(ids[i % ids.len()].to_string()))),
        ),
    ];
    for (what, ask) in questions {
        ask_often(store, what, &ask).await?;
    }
    Ok(())
}

/// Keys of the pages before the last ones, by name and by age.
async fn ends(store: &Store) -> anyhow::Result<(String, String)> {
    let mut keys = Vec::new();
    for (down, up) in [(Sort::NameDown, Sort::Name), (Sort::AgeDown, Sort::Age)] {
        let listing = listing((Filter::default(), down, String::new()))?;
        let mut tx = store.read().await?;
        let page = hcps::page(&mut tx, &listing).await?.expect("a page");
        keys.push(page.next.context("a place")?.key(up));
    }
    let by_age = keys.pop().unwrap_or_default();
    Ok((keys.pop().unwrap_or_default(), by_age))
}

async fn some_ids(store: &Store) -> anyhow::Result<Vec<HcpId>> {
    let mut tx = store.read().await?;
    let rows: Vec<(HcpId,)> = tx
        .query("SELECT id FROM hcps WHERE phone LIKE '%4321' LIMIT 50")
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

fn listing((filter, sort, after): (Filter, Sort, String)) -> anyhow::Result<Listing> {
    Ok(Listing {
        database: LARGE.parse()?,
        filter,
        sort,
        after,
        limit: ON_A_PAGE,
    })
}

async fn ask_often(store: &Store, what: &str, ask: &Ask<'_>) -> anyhow::Result<()> {
    let mut took = Vec::new();
    let mut found = 0;
    for i in 0..TIMES {
        let listing = listing(ask(i))?;
        let started = Instant::now();
        let mut tx = store.read().await?;
        let page = hcps::page(&mut tx, &listing).await?;
        drop(tx);
        took.push(started.elapsed());
        found += page.map_or(0, |page| page.hcps.len());
    }
    took.sort();
    let at = |part: usize| took[(TIMES * part / 100).min(TIMES - 1)].as_secs_f64() * 1e3;
    let mark = if at(99) > 20.0 { "  over 20 ms" } else { "" };
    let each = found / TIMES;
    println!(
        "  {what:<48} p50 {:>7.2} ms  p99 {:>7.2} ms  {each:>3} found{mark}",
        at(50),
        at(99)
    );
    Ok(())
}

// --- a large import -------------------------------------------------------------------

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn import(folder: &Path, url: &str, rows: usize) -> anyhow::Result<()> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let here = format!("http://127.0.0.1:{port}");
    let child = tutela(folder, url)
        .env("TUTELA_LISTEN", format!("127.0.0.1:{port}"))
        .env("TUTELA_ISSUER", &here)
        .spawn()?;
    let server = Process(child);
    let http = reqwest::Client::new();
    while http.get(format!("{here}/jwks")).send().await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let api = format!("{here}/api");
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "hcp:import hcp:write"),
        ("resource", &api),
    ];
    let token = http.post(format!("{here}/token"));
    let token = token.basic_auth(IMPORTER.0, Some(IMPORTER.1)).form(&form);
    let token: serde_json::Value = serde_json::from_str(&token.send().await?.text().await?)?;
    let token = token["access_token"]
        .as_str()
        .context("a token")?
        .to_owned();

    let mut file = String::from(
        "First Name,Last Name,Email Address,Country Code,Mobile Phone,Parent Organization ID\n",
    );
    for n in 0..rows {
        let (first, last) = (FIRST[n % FIRST.len()], LAST[n / FIRST.len() % LAST.len()]);
        writeln!(file, "{first},{last},row{n}@import.example,BE,04{n:08},")?;
    }
    let boundary = "b0unDary";
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"staff.csv\"";
    let body = format!("--{boundary}\r\n{head}\r\n\r\n{file}\r\n--{boundary}--\r\n");
    let before = memory(server.0.id());
    let peak = Arc::new(AtomicU64::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let watch = {
        let (peak, is_over, id) = (Arc::clone(&peak), Arc::clone(&is_over), server.0.id());
        std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                peak.fetch_max(memory(id), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        })
    };
    let started = Instant::now();
    let imports = format!("{api}/v1/databases/{FRESH}/hcp-imports");
    let answer = http
        .post(&imports)
        .bearer_auth(&token)
        .header(
            "content-type",
            format!("multipart/form-data; boundary={boundary}"),
        )
        .body(body)
        .send()
        .await?;
    let status = answer.status();
    let shown = answer.text().await?;
    let took = started.elapsed();
    is_over.store(true, Ordering::Relaxed);
    watch.join().expect("a watch");
    anyhow::ensure!(
        status == 201,
        "{status}: {}",
        &shown[..shown.len().min(500)]
    );
    let shown: serde_json::Value = serde_json::from_str(&shown)?;
    let more = peak.load(Ordering::Relaxed).saturating_sub(before);
    println!(
        "  import of {rows} rows: preview {:.1} s (goal 5 s), {:.0} MiB more memory (goal 150), {}",
        took.as_secs_f64(),
        more as f64 / 1_048_576.0,
        shown["counts"]
    );
    let id = shown["id"].as_str().context("an import")?;
    let commit = http
        .post(format!("{imports}/{id}/commit"))
        .bearer_auth(&token);
    let is_over = Arc::new(AtomicBool::new(false));
    let beside = write_beside(
        (http.clone(), format!("{api}/v1/databases/{FRESH}/hcps")),
        token.clone(),
        Arc::clone(&is_over),
    );
    let beside = tokio::spawn(beside);
    let started = Instant::now();
    let answer = commit.send().await?;
    let status = answer.status();
    let mut shown: serde_json::Value = serde_json::from_str(&answer.text().await?)?;
    while shown["status"] == "committing" {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answer = http.get(format!("{imports}/{id}")).bearer_auth(&token);
        shown = serde_json::from_str(&answer.send().await?.text().await?)?;
    }
    let took = started.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    let mut waits = beside.await??;
    waits.sort();
    let at = |part: usize| waits[(waits.len() * part / 100).min(waits.len() - 1)];
    println!(
        "  its commit: {took:.1} s, {status}, {}; who writes beside it waits p50 {:.0?}, p99 {:.0?}, at most {:.0?} ({} times)",
        shown["counts"],
        at(50),
        at(99),
        at(100),
        waits.len()
    );
    let started = Instant::now();
    let undo = http.post(format!("{imports}/{id}/undo"));
    let answer = undo.bearer_auth(&token).send().await?;
    let took = started.elapsed().as_secs_f64();
    println!("  its undoing: {took:.1} s, {}", answer.status());
    Ok(())
}

/// Makes one HCP after the other, and says how long each took.
async fn write_beside(
    (http, hcps): (reqwest::Client, String),
    token: String,
    is_over: Arc<AtomicBool>,
) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::new();
    for n in 0.. {
        let body = format!(
            r#"{{"type": "organization", "name": "Beside {n}", "email": "beside{n}@example.test"}}"#
        );
        let started = Instant::now();
        let answer = http.post(&hcps).bearer_auth(&token);
        let answer = answer.header("content-type", "application/json").body(body);
        let status = answer.send().await?.status();
        waits.push(started.elapsed());
        anyhow::ensure!(status == 201, "beside the import: {status}");
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(waits)
}

/// What a process and those that it started hold, in bytes.
fn memory(id: u32) -> u64 {
    let own = std::fs::read_to_string(format!("/proc/{id}/statm")).unwrap_or_default();
    let own: u64 = own
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    let tasks = std::fs::read_dir(format!("/proc/{id}/task"));
    let children = tasks.into_iter().flatten().flatten().map(|task| {
        let children = std::fs::read_to_string(task.path().join("children"));
        let children = children.unwrap_or_default();
        let ids = children.split_whitespace().filter_map(|id| id.parse().ok());
        ids.map(memory).sum::<u64>()
    });
    own * 4096 + children.sum::<u64>()
}
