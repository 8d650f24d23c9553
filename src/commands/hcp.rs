//! `tutela hcp import`.
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Ending, open_existing, print, print_json};
use crate::{
    api::ImportShown,
    audit::Doer,
    config::Config,
    id::DatabaseId,
    imports::{self, Column, FileFault, Import, Invites, Sheet, Staged},
    keys::Keys,
    mail::Mailer,
    organizations::{self, Directory},
    server,
    spreadsheet::{Fault, Limits, Worker, own_program},
    store::{Store, Tx},
    web::paths,
};

/// Who does it, for the audit.
const DOER: Doer = Doer::Command("hcp import");

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read HCPs from a spreadsheet and show which rows fit; with --commit, make them
    Import(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// .xlsx, .xls, .ods, Excel 2003 .xml, .csv or .txt
    file: PathBuf,
    /// The database that they go into
    #[arg(long, value_name = "ID")]
    database: DatabaseId,
    /// Make an HCP of each row that fits
    #[arg(long)]
    commit: bool,
    /// Invite each of them by e-mail; the running server sends the letters
    #[arg(long, requires = "commit")]
    send_invitations: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: &Command, config: &Config) -> Ending {
    let Command::Import(arguments) = command;
    let store = open_existing(config).await?;
    let bar = bar();
    bar.set_message("reading the file");
    let sheet = read(&arguments.file, config).await?;
    bar.set_message("checking the rows");
    let (mut import, mut lines) = stage(&store, arguments.database, sheet).await?;
    if arguments.commit {
        bar.set_message("making HCPs");
        bar.set_length(count(&lines));
        let invites = match arguments.send_invitations {
            true => Some(invites(&store, config).await?),
            false => None,
        };
        lines = commit(&store, &mut import, &bar, invites.as_ref()).await?;
    }
    bar.finish_and_clear();
    store.close().await;
    if arguments.send_invitations {
        let sent = invited(&lines);
        eprintln!("{sent} invitations leave with the server's next letters.");
    }
    match arguments.json {
        true => print_json(&ImportShown::of(&import, lines))?,
        false => show(&import, &lines)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A bar on stderr, which draws nothing where nobody looks.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// How many were invited: whoever was made and has an address.
fn invited(lines: &[Staged]) -> usize {
    let is_invited = |staged: &&Staged| staged.hcp.is_some() && staged.line.content.email.is_some();
    lines.iter().filter(is_invited).count()
}

fn count(lines: &[Staged]) -> u64 {
    let accepted = lines.iter().filter(|staged| staged.line.is_accepted());
    u64::try_from(accepted.count()).unwrap_or(u64::MAX)
}

async fn read(file: &Path, config: &Config) -> anyhow::Result<Sheet> {
    let place = || format!("cannot read {}", file.display());
    let most = config.import.max_bytes;
    let size = tokio::fs::metadata(file).await.with_context(place)?.len();
    if size > most {
        bail!(
            "{} has more than {most} bytes; import.max_bytes allows no more",
            file.display()
        );
    }
    let bytes = tokio::fs::read(file).await.with_context(place)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let limits = Limits {
        rows: usize::try_from(config.import.max_rows)?.saturating_add(1),
        bytes: usize::try_from(most)?,
    };
    let worker = Worker::running(own_program()?);
    Ok(imports::read(&worker, &bytes, &name, limits).await?)
}

/// Writes letters, which the running server sends.
async fn invites(store: &Store, config: &Config) -> anyhow::Result<Invites> {
    let keys = Keys::open(store, server::kek_source(config)).await?;
    let host = config.issuer.domain();
    Ok(Invites {
        mailer: Mailer::new((&config.mail, None), &host, Arc::new(keys))?,
        place: config.issuer.url(&paths::invitation_link()),
    })
}

async fn directory(tx: &mut Tx, id: DatabaseId) -> anyhow::Result<Directory> {
    let found = organizations::directory(tx, id).await?;
    found.with_context(|| format!("there is no database with the id {id}"))
}

async fn stage(
    store: &Store,
    database: DatabaseId,
    sheet: Sheet,
) -> anyhow::Result<(Import, Vec<Staged>)> {
    let found = directory(&mut store.read().await?, database).await?;
    let staged = imports::stage(store, None, &found, sheet, &DOER).await?;
    match staged {
        Ok(staged) => Ok(staged),
        Err(fault) => bail!("nothing can be imported: {}", in_words(&fault)),
    }
}

async fn commit(
    store: &Store,
    import: &mut Import,
    bar: &ProgressBar,
    invites: Option<&Invites>,
) -> anyhow::Result<Vec<Staged>> {
    let mut tx = store.write().await?;
    let begun = imports::begin(&mut tx, import, &DOER, invites.is_some()).await?;
    if begun.is_err() {
        bail!("somebody took or discarded these rows meanwhile");
    }
    tx.commit().await?;
    let mut tell = |rows| bar.inc(u64::try_from(rows).unwrap_or(0));
    let done = imports::carry_out(store, invites, import.id, &mut tell).await;
    done.context("not all rows are imported yet; the server goes on with them")?;
    let mut tx = store.read().await?;
    let found = imports::find(&mut tx, import.database_id, import.id).await?;
    *import = found.context("the import is gone")?;
    Ok(imports::lines(&mut tx, import.id).await?)
}

fn in_words(fault: &FileFault) -> String {
    let columns: Vec<&str> = fault.columns().iter().map(|c| c.title()).collect();
    let columns = columns.join(", ");
    match fault {
        FileFault::Unreadable(Fault::UnsupportedFormat) => {
            "the file is none of .xlsx .xls .ods .xml .csv .txt, or its content is another"
                .to_owned()
        }
        FileFault::Unreadable(Fault::FileTooLarge) => "the file is too large".to_owned(),
        FileFault::Unreadable(Fault::CorruptFile) => "the file is damaged".to_owned(),
        FileFault::Unreadable(Fault::EncryptedFile) => "the file has a password".to_owned(),
        FileFault::Unreadable(Fault::TooManyRows) => {
            "the file has more rows than import.max_rows allows".to_owned()
        }
        FileFault::NoHeader => "the file is empty".to_owned(),
        FileFault::MissingColumns(_) => format!("there is no column {columns}"),
        FileFault::DuplicateColumns(_) => format!("there are two columns {columns}"),
    }
}

/// What fits and what does not, for people.
fn show(import: &Import, lines: &[Staged]) -> anyhow::Result<()> {
    let (accepted, rejected): (Vec<&Staged>, Vec<&Staged>) =
        lines.iter().partition(|staged| staged.line.is_accepted());
    let fits: Vec<_> = accepted
        .iter()
        .map(|staged| accepted_cells(staged))
        .collect();
    table(
        [
            "Row",
            "Name",
            "Email Address",
            "Mobile Phone",
            "Organization",
        ],
        &fits,
    )?;
    print(&format!("{} accepted\n", accepted.len()))?;
    if !rejected.is_empty() {
        let unfit: Vec<_> = rejected
            .iter()
            .map(|staged| rejected_cells(staged))
            .collect();
        table(
            ["Row", "First Name", "Last Name", "Email Address", "Reasons"],
            &unfit,
        )?;
        print(&format!("{} rejected\n", rejected.len()))?;
    }
    match import.status {
        imports::Status::Staged => eprintln!(
            "Nothing is made yet: add --commit, or commit import {} by the API within the hour.",
            import.id
        ),
        _ => eprintln!("Import {} is done; it can be undone for a day.", import.id),
    }
    Ok(())
}

fn accepted_cells(staged: &Staged) -> [String; 5] {
    let content = &staged.line.content;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        staged.line.number.to_string(),
        format!("{} {}", content.first_name, content.last_name),
        text(&content.email),
        text(&content.phone),
        content.parent.map_or(String::new(), |id| id.to_string()),
    ]
}

#[expect(clippy::indexing_slicing, reason = "there is one for each column")]
fn rejected_cells(staged: &Staged) -> [String; 5] {
    let value = |column: Column| visible(&staged.line.content.values[column as usize]);
    let codes: Vec<&str> = staged
        .line
        .reasons
        .iter()
        .map(|reason| reason.code())
        .collect();
    [
        staged.line.number.to_string(),
        value(Column::FirstName),
        value(Column::LastName),
        value(Column::Email),
        codes.join(" "),
    ]
}

/// What a file says may steer a terminal.
fn visible(text: &str) -> String {
    let short = text.chars().take(40);
    short
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Columns as wide as what stands in them.
fn table(titles: [&str; 5], rows: &[[String; 5]]) -> anyhow::Result<()> {
    let titles = titles.map(str::to_owned);
    let mut widths = [0; 5];
    for row in rows.iter().chain([&titles]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in [&titles].into_iter().chain(rows) {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        print(cells.join("  ").trim_end())?;
    }
    Ok(())
}
