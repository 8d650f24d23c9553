//! An import through the API: staged, taken, undone.
use serde_json::{Value, json};

use super::file;
use crate::{
    api::client::{Answer, Api},
    hcps::{DATABASE, OTHER_DATABASE, clinic, hcps, make, olga, organization, otto, person},
};

pub(super) const HEADER: &str =
    "First Name,Last Name,Email Address,Country Code,Mobile Phone,Organisation\n";

pub(super) fn imports(rest: &str) -> String {
    format!("/databases/{DATABASE}/hcp-imports{rest}")
}

pub(super) async fn upload(api: &Api, rows: &str) -> Answer {
    let file = format!("{HEADER}{rows}");
    api.upload(&imports(""), "people.csv", file.as_bytes())
        .await
}

/// Stages `rows` and gives the import's id.
pub(super) async fn stage(api: &Api, rows: &str) -> String {
    let staged = upload(api, rows).await;
    assert_eq!(staged.status, 201, "{:?}", staged.body);
    staged.text("id")
}

pub(super) async fn commit(api: &Api, id: &str) -> Answer {
    api.post(&imports(&format!("/{id}/commit")), json!({}))
        .await
}

pub(super) async fn undo(api: &Api, id: &str) -> Answer {
    api.post(&imports(&format!("/{id}/undo")), Value::Null)
        .await
}

/// The rejected rows' numbers, with their reasons.
fn rejected(answer: &Answer) -> Vec<(u64, Vec<String>)> {
    let rows = answer.body["rejected"].as_array().unwrap().iter();
    let text = |reason: &Value| reason.as_str().unwrap().to_owned();
    rows.map(|row| {
        let reasons = row["reasons"].as_array().unwrap();
        (
            row["row"].as_u64().unwrap(),
            reasons.iter().map(text).collect(),
        )
    })
    .collect()
}

fn row(number: u64, reasons: &[&str]) -> (u64, Vec<String>) {
    let reasons = reasons.iter().map(|&reason| reason.to_owned());
    (number, reasons.collect())
}

pub(super) async fn actions(api: &Api) -> Vec<String> {
    let log = api
        .get(&format!(
            "/organizations/{}/audit?limit=100",
            crate::hcps::ORG
        ))
        .await;
    let events = log.body["items"].as_array().unwrap().iter();
    let names = events.filter_map(|event| event["action"].as_str().map(str::to_owned));
    names.filter(|name| name.starts_with("hcp")).collect()
}

/// DOMAIN 6.1: upload shows accepted and rejected rows; commit makes the accepted ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_and_then_taken_once() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Clinic")).await;
    let rows = format!(
        "Anna,Müller,Anna@Example.TEST,BE,0470 55 01 40,{clinic}\n\
         ,,,,,\n\
         ,Nameless,none@example.test,,,\n\
         Bram,de Wit,bram@example.test,,+32 470 55 01 41,\n"
    );
    let staged = upload(&olga, &rows).await;
    assert_eq!(
        (staged.status, staged.text("status").as_str()),
        (201, "staged")
    );
    let id = staged.text("id");
    assert!(staged.location().ends_with(&imports(&format!("/{id}"))));
    assert_eq!(
        staged.body["counts"],
        json!({"accepted": 2, "rejected": 1, "created": 0})
    );
    assert_eq!(
        staged.body["accepted"][0],
        json!({"row": 2, "first_name": "Anna", "last_name": "Müller", "email": "anna@example.test",
            "phone": "+32470550140", "parent_id": clinic, "hcp_id": null})
    );
    assert_eq!(rejected(&staged), [row(4, &["missing_first_name"])]);
    assert_eq!(
        staged.body["rejected"][0]["values"]["last_name"],
        "Nameless"
    );
    let nobody = olga.get(&hcps("?type=professional")).await;
    assert_eq!(nobody.body["items"], json!([]));
    assert_eq!(
        olga.get(&imports(&format!("/{id}"))).await.body,
        staged.body
    );

    let taken = commit(&olga, &id).await;
    assert_eq!(
        (taken.status, taken.text("status").as_str()),
        (200, "committed")
    );
    assert_eq!(taken.body["created"].as_array().unwrap().len(), 2);
    let made = olga.get(&hcps("?type=professional")).await;
    let names: Vec<_> = made.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hcp| hcp["last_name"].clone())
        .collect();
    assert_eq!(names, ["de Wit", "Müller"]);
    assert_eq!(made.body["items"][1]["parent_id"], json!(clinic));
    let again = commit(&olga, &id).await;
    assert_eq!((again.status, again.code()), (409, "already_committed"));
    let actions = actions(&olga).await;
    for (action, times) in [
        ("hcp_import_staged", 1),
        ("hcp_import_committed", 1),
        ("hcp_created", 3),
    ] {
        assert_eq!(
            actions.iter().filter(|name| *name == action).count(),
            times,
            "{action}"
        );
    }
}

/// The same sheet in every format, through the process that reads files.
#[tokio::test(flavor = "multi_thread")]
async fn each_format_shows_the_same_rows() {
    let server = clinic().await;
    let olga = olga(&server).await;
    for ending in ["xlsx", "xls", "xml", "ods"] {
        let name = format!("people.{ending}");
        let staged = olga.upload(&imports(""), &name, &file(&name)).await;
        assert_eq!(staged.status, 201, "{ending}: {:?}", staged.body);
        assert_eq!(staged.text("sheet"), "Staff");
        let accepted: Vec<_> = staged.body["accepted"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["row"].clone())
            .collect();
        assert_eq!(accepted, [2, 3, 10, 11], "{ending}");
        assert_eq!(
            staged.body["accepted"][3]["phone"], "+3232470550142",
            "{ending}"
        );
        assert_eq!(
            rejected(&staged),
            [
                row(6, &["invalid_phone"]),
                row(7, &["formula_cell"]),
                row(8, &["missing_last_name"]),
                row(9, &["control_characters"]),
            ],
            "{ending}"
        );
    }
}

/// I-31, I-32, N-14: what the directory says against a row.
#[tokio::test(flavor = "multi_thread")]
async fn the_directory_speaks_against_rows() {
    let server = clinic().await;
    let (olga, otto) = (olga(&server).await, otto(&server).await);
    let ann = make(&olga, person("Ann", "Taken", "ann@example.test")).await;
    let theirs = otto
        .post(
            &format!("/databases/{OTHER_DATABASE}/hcps"),
            organization("Theirs"),
        )
        .await
        .text("id");
    let rows = format!(
        "A,B,ANN@example.test,,,\n\
         A,B,a@example.test,,,{ann}\n\
         A,B,b@example.test,,,{theirs}\n\
         A,B,c@example.test,,,nobody\n\
         A,B,d@example.test,,,\n\
         C,D,D@example.test,,,\n"
    );
    let staged = upload(&olga, &rows).await;
    assert_eq!(
        rejected(&staged),
        [
            row(2, &["email_exists"]),
            row(3, &["parent_not_organization"]),
            row(4, &["unknown_parent_organization"]),
            row(5, &["unknown_parent_organization"]),
            row(7, &["duplicate_in_file"]),
        ]
    );
    let before = olga.get(&hcps(&format!("/{ann}"))).await;
    commit(&olga, &staged.text("id")).await;
    assert_eq!(
        olga.get(&hcps(&format!("/{ann}"))).await.body,
        before.body,
        "nothing is overwritten"
    );
}

/// Between a look and the commit somebody else may be faster.
#[tokio::test(flavor = "multi_thread")]
async fn late_collisions_are_rejected_and_the_rest_is_taken() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let gone = make(&olga, organization("Gone")).await;
    let rows =
        format!("A,B,a@example.test,,,\nC,D,c@example.test,,,{gone}\nE,F,e@example.test,,,\n");
    let id = stage(&olga, &rows).await;
    make(&olga, person("Faster", "Hand", "a@example.test")).await;
    assert_eq!(olga.delete(&hcps(&format!("/{gone}"))).await.status, 204);
    let taken = commit(&olga, &id).await;
    assert_eq!(
        taken.body["counts"],
        json!({"accepted": 1, "rejected": 2, "created": 1})
    );
    let late = [
        row(2, &["email_exists"]),
        row(3, &["unknown_parent_organization"]),
    ];
    assert_eq!(rejected(&taken), late);
    let file = olga.text(&imports(&format!("/{id}/rejected.csv"))).await;
    assert!(
        file.contains("2,A,B,a@example.test,,,,email_exists"),
        "{file}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_commit_at_once_make_everybody_once() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let id = stage(&olga, "A,B,a@example.test,,,\n").await;
    let (one, two) = tokio::join!(commit(&olga, &id), commit(&olga, &id));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_imported_is_invited_when_that_is_asked_for() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let rows = "First Name,Last Name,Email Address\nTom,Becker,tom@example.test\nIda,Free,ida@example.test\n";
    let quiet = stage(&olga, &rows.replace("example.test", "quiet.test")).await;
    assert_eq!(commit(&olga, &quiet).await.status, 200);
    assert_eq!(server.letters().await.len(), 0);
    let id = stage(&olga, rows).await;
    let body = json!({"send_invitations": true});
    let place = format!("/databases/{DATABASE}/hcp-imports/{id}/commit");
    assert_eq!(olga.post(&place, body).await.status, 200);
    let letters = server.letters().await;
    assert_eq!(letters.len(), 2);
    assert!(
        letters
            .iter()
            .all(|letter| letter.contains("/invitation?token="))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_wait_for_an_hour() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let id = stage(&olga, "A,B,a@example.test,,,\n").await;
    server.later(59 * 60);
    let olga = crate::hcps::olga(&server).await;
    assert_eq!(olga.get(&imports(&format!("/{id}"))).await.status, 200);
    server.later(60);
    assert_eq!(olga.get(&imports(&format!("/{id}"))).await.status, 404);
    assert_eq!(commit(&olga, &id).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_undone_within_a_day() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let id = stage(&olga, "A,B,a@example.test,,,\nC,D,c@example.test,,,\n").await;
    let early = undo(&olga, &id).await;
    assert_eq!((early.status, early.code()), (409, "not_committed"));
    commit(&olga, &id).await;
    let undone = undo(&olga, &id).await;
    assert_eq!(
        (undone.status, undone.text("status").as_str()),
        (200, "undone")
    );
    assert_eq!(undone.body["created"], json!([]));
    assert_eq!(olga.get(&hcps("")).await.body["items"], json!([]));
    let twice = undo(&olga, &id).await;
    assert_eq!((twice.status, twice.code()), (409, "already_undone"));
    let again = commit(&olga, &id).await;
    assert_eq!((again.status, again.code()), (409, "already_committed"));
    // The same file can be imported anew.
    let id = stage(&olga, "A,B,a@example.test,,,\n").await;
    assert_eq!(commit(&olga, &id).await.status, 200);
    server.later(24 * 60 * 60);
    let olga = crate::hcps::olga(&server).await;
    let late = undo(&olga, &id).await;
    assert_eq!((late.status, late.code()), (409, "undo_expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_somebody_touched_stays() {
    let server = clinic().await;
    let olga = olga(&server).await;
    for n in 0..3 {
        let rows = format!("A,B,a{n}@example.test,,,\nC,D,c{n}@example.test,,,\n");
        let id = stage(&olga, &rows).await;
        let made = commit(&olga, &id).await;
        let hcp = made.body["created"][0].as_str().unwrap().to_owned();
        let touched = match n {
            0 => {
                olga.patch(&hcps(&format!("/{hcp}")), json!({"last_name": "Z"}), "")
                    .await
            }
            1 => {
                olga.patch(&hcps(&format!("/{hcp}")), json!({"status": "disabled"}), "")
                    .await
            }
            _ => olga.delete(&hcps(&format!("/{hcp}"))).await,
        };
        assert!(touched.status < 300);
        let kept = undo(&olga, &id).await;
        assert_eq!((kept.status, kept.code()), (409, "import_changed"));
        let other = made.body["created"][1].as_str().unwrap();
        assert_eq!(olga.get(&hcps(&format!("/{other}"))).await.status, 200);
        assert_eq!(
            olga.get(&imports(&format!("/{id}"))).await.text("status"),
            "committed"
        );
    }
}

/// As many rows as a file may have: staged, taken and undone, each in the time of a request.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_five_thousand_rows_is_taken_whole() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Clinic")).await;
    let rows: String = (0..5_000)
        .map(|n| format!("Ann{n},Berg,ann{n}@example.test,BE,0470{n:06},{clinic}\n"))
        .collect();
    let id = stage(&olga, &rows).await;
    let taken = commit(&olga, &id).await;
    assert_eq!(taken.status, 200, "{:?}", taken.body);
    assert_eq!(
        taken.body["counts"],
        json!({"accepted": 5_000, "rejected": 0, "created": 5_000})
    );
    let undone = undo(&olga, &id).await;
    assert_eq!(undone.status, 200, "{:?}", undone.body);
}

/// The file that people begin with.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_file_fits() {
    let server = clinic().await;
    let example = include_bytes!("../../docs/examples/hcps.csv");
    let olga = olga(&server).await;
    let staged = olga.upload(&imports(""), "hcps.csv", example).await;
    assert_eq!(
        staged.body["counts"],
        json!({"accepted": 2, "rejected": 0, "created": 0})
    );
}
