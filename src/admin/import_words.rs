//! What speaks against a file, a row or a deed, in plain words.
use crate::{
    imports::{FileFault, Reason, Refusal},
    spreadsheet::Fault,
    web::Texts,
};

/// Why nothing of a file is taken.
pub(super) fn fault(t: &Texts, fault: &FileFault) -> String {
    let columns: Vec<&str> = fault.columns().iter().map(|c| c.title()).collect();
    let columns = columns.join(", ");
    let columns = [("columns", columns.as_str())];
    match fault {
        FileFault::Unreadable(fault) => t.get(match fault {
            Fault::UnsupportedFormat => "file-unsupported",
            Fault::FileTooLarge => "file-too-large",
            Fault::CorruptFile => "file-corrupt",
            Fault::EncryptedFile => "file-encrypted",
            Fault::TooManyRows => "file-too-many-rows",
        }),
        FileFault::NoHeader => t.get("file-no-header"),
        FileFault::MissingColumns(_) => t.with("file-missing-columns", &columns),
        FileFault::DuplicateColumns(_) => t.with("file-duplicate-columns", &columns),
    }
}

/// Why a row is not taken.
pub(super) fn reason(t: &Texts, reason: Reason) -> String {
    t.get(match reason {
        Reason::MissingFirstName => "row-missing-first-name",
        Reason::MissingLastName => "row-missing-last-name",
        Reason::MissingEmail => "row-missing-email",
        Reason::InvalidEmail => "row-invalid-email",
        Reason::DuplicateInFile => "row-duplicate",
        Reason::EmailExists => "row-email-exists",
        Reason::MissingCountryCode => "row-missing-country",
        Reason::InvalidCountryCode => "row-invalid-country",
        Reason::InvalidPhone => "row-invalid-phone",
        Reason::UnknownParentOrganization => "row-unknown-parent",
        Reason::ParentNotOrganization => "row-parent-is-person",
        Reason::TooLong => "row-too-long",
        Reason::ControlCharacters => "row-control-characters",
        Reason::FormulaCell => "row-formula-cell",
        Reason::FormulaText => "row-formula-text",
    })
}

/// Why an import is not taken or undone.
pub(super) fn refusal(t: &Texts, refusal: Refusal) -> String {
    t.get(match refusal {
        Refusal::AlreadyCommitted => "import-already-committed",
        Refusal::NotCommitted => "import-not-committed",
        Refusal::AlreadyUndone => "import-already-undone",
        Refusal::UndoExpired => "import-undo-expired",
        Refusal::Changed => "import-changed",
    })
}
