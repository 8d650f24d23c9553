//! What imports refuse: files, people, rows.
use serde_json::json;

use super::staged::{HEADER, actions, commit, imports, stage, undo, upload};
use crate::hcps::{ALL, OTHER_DATABASE, clinic, olga, otto, staff};

/// Every file error of DOMAIN 6.1, with its status.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_taken_says_why() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let many = format!("{HEADER}{}", "A,B,a@example.test,,,\n".repeat(5_001));
    let large = vec![b'a'; 10 * 1024 * 1024 + 1];
    let huge = vec![b'a'; 11 * 1024 * 1024];
    for (name, file, status, code) in [
        (
            "people.pdf",
            HEADER.as_bytes().to_vec(),
            415,
            "unsupported_format",
        ),
        (
            "people.xlsx",
            HEADER.as_bytes().to_vec(),
            415,
            "unsupported_format",
        ),
        ("people.csv", large, 413, "file_too_large"),
        ("people.csv", huge, 413, "file_too_large"),
        ("people.xml", b"<Workbook".to_vec(), 422, "corrupt_file"),
        (
            "locked.xlsx",
            super::file("locked.xlsx"),
            422,
            "encrypted_file",
        ),
        ("people.csv", b" \n,,\n".to_vec(), 422, "no_header"),
        (
            "people.csv",
            b"First Name,Last Name\nA,B\n".to_vec(),
            422,
            "missing_columns",
        ),
        (
            "people.csv",
            b"First Name,Last Name,Email Address,first name\n".to_vec(),
            422,
            "duplicate_columns",
        ),
        ("people.csv", many.into_bytes(), 422, "too_many_rows"),
    ] {
        let answer = olga.upload(&imports(""), name, &file).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{name}");
    }
    let missing = olga
        .upload(&imports(""), "a.csv", b"First Name,Last Name\n")
        .await;
    let errors = json!([{"field": "Email Address", "code": "missing_columns"}]);
    assert_eq!(missing.body["errors"], errors);
    let plain = olga.post(&imports(""), json!({})).await;
    assert_eq!(
        (plain.status, plain.code()),
        (415, "unsupported_media_type")
    );
}

/// N-15, and the permission of the collection.
#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_import_does() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let id = stage(&olga, "A,B,a@example.test,,,\n").await;
    let mia = staff(&server, "mia@example.test", ALL).await;
    let otto = otto(&server).await;
    for (api, status) in [(&mia, 403), (&otto, 404)] {
        assert_eq!(upload(api, "A,B,b@example.test,,,\n").await.status, status);
        assert_eq!(api.get(&imports(&format!("/{id}"))).await.status, status);
        assert_eq!(commit(api, &id).await.status, status);
        assert_eq!(undo(api, &id).await.status, status);
        assert_eq!(
            api.get(&imports(&format!("/{id}/rejected.csv")))
                .await
                .status,
            status
        );
    }
    let elsewhere = format!("/databases/{OTHER_DATABASE}/hcp-imports/{id}");
    assert_eq!(otto.get(&elsewhere).await.status, 404);
}

/// What is exported is harmless to the spreadsheet that opens it, and can be imported again.
#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_come_back_as_a_file_that_runs_nothing() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let rows = "=HYPERLINK(1),Eve,eve@example.test,,,\n@A,-B,+c@example.test,,+32470550140,\nA,\"Quo\"\"te, X\",bad,BE,0470550140,\n";
    let id = stage(&olga, rows).await;
    let file = olga.text(&imports(&format!("/{id}/rejected.csv"))).await;
    let lines: Vec<&str> = file.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines,
        [
            "Row,First Name,Last Name,Email Address,Country Code,Mobile Phone,Parent Organization ID,Reasons",
            "2,'=HYPERLINK(1),Eve,eve@example.test,,,,formula_text",
            "3,'@A,'-B,'+c@example.test,,'+32470550140,,formula_text",
            "4,A,\"Quo\"\"te, X\",bad,BE,0470550140,,invalid_email",
        ]
    );
    assert!(
        actions(&olga)
            .await
            .contains(&"hcp_import_exported".to_owned())
    );
    let mended = file.replace("bad", "good@example.test");
    let again = olga
        .upload(&imports(""), "rejected.csv", mended.as_bytes())
        .await;
    assert_eq!(
        again.body["accepted"][2]["phone"], "+32470550140",
        "{:?}",
        again.body
    );
}
