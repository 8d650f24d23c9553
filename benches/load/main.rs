//! What a request costs: server CPU per request, beside a floor measured in the same round.
//!
//! `cargo bench --bench load` starts the real server on loopback, sends bounded load from
//! this process, and reads the server's CPU time from the kernel. A floor is what the
//! operation cannot do without: bare axum handlers, its signatures and, where it writes, its
//! SQL statements. Rounds of floor and server alternate, and the median counts. Single
//! figures mean little on a shared machine; compare the ratios.
//!
//! ```text
//! cargo bench --bench load                       on SQLite
//! TEST_POSTGRES=postgres://… cargo bench --bench load   on PostgreSQL, its CPU beside the server's
//!   … -- --only refresh                          operations whose name holds a word
//!   … -- --beside PATH                           another build of the server in the same rounds
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a driver that prints its figures, and stops where an answer is missing"
)]
mod browser;
mod floor;
mod operations;
mod process;
mod server;

use std::{path::Path, sync::Arc};

use self::{
    floor::Part,
    operations::{ALL, Asking, Goal, Operation},
    process::Process,
    server::Server,
};

/// Requests under way at once.
const AT_ONCE: usize = 32;
/// Rounds of which the median counts.
const ROUNDS: usize = 3;
/// Requests that go before what is measured: caches, connections.
const WARM_UP: usize = 500;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1..)
    };
    let first = |name: &str| after(name).and_then(<[String]>::first);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match after(floor::ARGUMENT) {
            Some(floor) => floor::serve(&floor[0], &floor[1]).await,
            None => {
                let only = first("--only").map_or("", String::as_str);
                measure(first("--beside").map(Path::new), only).await
            }
        }
    })
}

async fn measure(beside: Option<&Path>, only: &str) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let floor = Arc::new(floor::start(&folder).await?);
    let mut servers = Vec::new();
    for program in [Some(Path::new(env!("CARGO_BIN_EXE_tutela"))), beside]
        .into_iter()
        .flatten()
    {
        servers.push(Arc::new(Server::start(program).await?));
    }
    println!(
        "{:<26}{:>8}{:>9}{:>8}{:>10}",
        "µs of CPU per request", "floor", "server", "ratio", "goal"
    );
    for operation in ALL.iter().filter(|operation| operation.name.contains(only)) {
        show(operation, &rounds(operation, &floor, &servers).await?);
    }
    for server in &servers {
        println!(
            "start {:.0} ms (budget 100), memory {:.1} MiB idle (15), {:.1} MiB loaded (30)",
            server.started_in.as_secs_f64() * 1000.0,
            server.idle_mib,
            server.memory_mib()?
        );
    }
    Ok(())
}

/// What one operation cost, µs per request.
#[derive(Clone, Copy, Default)]
struct Cost {
    server: f64,
    database: f64,
}

/// What was measured: the floor, and each server.
struct Measured {
    floor: f64,
    servers: Vec<Cost>,
}

fn show(operation: &Operation, measured: &Measured) {
    let goal = match operation.goal {
        Goal::Ratio(ratio) => format!("{ratio}x"),
        Goal::Micros(micros) => format!("{micros} µs"),
    };
    let mut line = format!("{:<26}{:>8.1}", operation.name, measured.floor);
    for (n, cost) in measured.servers.iter().enumerate() {
        let ratio = cost.server / measured.floor;
        line.push_str(&format!("{:>9.1}{ratio:>7.2}x", cost.server));
        if cost.database > 0.0 {
            line.push_str(&format!(" + {:.1} of the database", cost.database));
        }
        if n == 0 {
            line.push_str(&format!("{goal:>10}"));
        }
    }
    println!("{line}");
}

/// Floor and servers in turns, and the median of each.
async fn rounds(
    operation: &Operation,
    floor: &Arc<Process>,
    servers: &[Arc<Server>],
) -> anyhow::Result<Measured> {
    let (mut floors, mut costs) = (Vec::new(), vec![Vec::new(); servers.len()]);
    for _ in 0..ROUNDS {
        let mut sum = 0.0;
        for part in operation.floor {
            sum += cost_of_part(floor, *part).await?;
        }
        floors.push(sum);
        for (server, costs) in servers.iter().zip(&mut costs) {
            costs.push(cost(operation, server).await?);
        }
    }
    let servers = costs.iter().map(|costs| Cost {
        server: median(costs.iter().map(|cost| cost.server)),
        database: median(costs.iter().map(|cost| cost.database)),
    });
    Ok(Measured {
        floor: median(floors.into_iter()),
        servers: servers.collect(),
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn cost(operation: &Operation, server: &Arc<Server>) -> anyhow::Result<Cost> {
    server.renew().await?;
    load(WARM_UP, |n| (operation.ask)(Arc::clone(server), n)).await;
    let before = server.cpu()?;
    load(operation.times, |n| (operation.ask)(Arc::clone(server), n)).await;
    let after = server.cpu()?;
    let times = operation.times as f64;
    Ok(Cost {
        server: (after.0 - before.0) / times,
        database: (after.1 - before.1) / times,
    })
}

/// What a part of a floor costs, in µs.
async fn cost_of_part(floor: &Arc<Process>, part: Part) -> anyhow::Result<f64> {
    let http = reqwest::Client::new();
    let url = floor.url.as_str();
    let form = [("grant_type", "client_credentials"), ("resource", url)];
    let (request, times, share) = match part {
        Part::Get => (http.get(format!("{url}/bare")), 80_000, 1.0),
        Part::Post => (http.post(format!("{url}/bare")).form(&form), 80_000, 1.0),
        Part::Sign(alg, count) => {
            let request = http.post(format!("{url}/sign/{alg}/{count}")).form(&form);
            let times = if alg == "RS256" { 2_000 } else { 20_000 };
            (request, times, 1.0)
        }
        Part::Statements(count) => {
            let request = http.get(format!("{url}/statements/2000"));
            (request, 10, count as f64 / 2000.0)
        }
    };
    let ask = |_| -> Asking {
        let request = request.try_clone().expect("a request without a stream");
        Box::pin(async move {
            let answer = request.send().await?.error_for_status()?;
            answer.bytes().await?;
            Ok(())
        })
    };
    load(times.min(WARM_UP) / 2, ask).await;
    let before = floor.cpu()?;
    load(times, ask).await;
    Ok((floor.cpu()? - before) / times as f64 * share)
}

/// Asks so often, many at once, and waits for all the answers.
async fn load(times: usize, ask: impl Fn(usize) -> Asking) {
    let mut running: tokio::task::JoinSet<anyhow::Result<()>> = tokio::task::JoinSet::new();
    for n in 0..times {
        if running.len() == AT_ONCE {
            let done = running.join_next().await;
            done.expect("some are running")
                .expect("no panic")
                .expect("an answer");
        }
        running.spawn(ask(n));
    }
    while let Some(done) = running.join_next().await {
        done.expect("no panic").expect("an answer");
    }
}
