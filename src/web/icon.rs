//! The icons: own drawings on a 24-pixel grid, 1.75-pixel round strokes. Templates draw
//! them with the macro `m::icon`.

/// The shapes of the icon called `name`; nothing for a name that is not in the table,
/// which a test keeps out of the templates.
pub fn shapes(name: &str) -> &'static str {
    match name {
        "check" => r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#,
        "x" => r#"<path d="m6.5 6.5 11 11m0-11-11 11"/>"#,
        "right" => r#"<path d="m9.5 6 6 6-6 6"/>"#,
        "down" => r#"<path d="m6 9.5 6 6 6-6"/>"#,
        "updown" => r#"<path d="m8 9.5 4-4 4 4m-8 5 4 4 4-4"/>"#,
        "arrow" => r#"<path d="M4.5 12h15m-6-6 6 6-6 6"/>"#,
        "back" => r#"<path d="M19.5 12h-15m6-6-6 6 6 6"/>"#,
        "plus" => r#"<path d="M12 5v14M5 12h14"/>"#,
        "dots" => {
            r#"<g fill="currentColor" stroke="none"><circle cx="5.5" cy="12" r="1.6"/><circle cx="12" cy="12" r="1.6"/><circle cx="18.5" cy="12" r="1.6"/></g>"#
        }
        "copy" => {
            r#"<rect x="8.5" y="8.5" width="11.5" height="11.5" rx="2.5"/><path d="M5.5 15.5A1.5 1.5 0 0 1 4 14V6.5A2.5 2.5 0 0 1 6.5 4H14a1.5 1.5 0 0 1 1.5 1.5"/>"#
        }
        "key" => r#"<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5m-4 4 3 3"/>"#,
        "passkey" => {
            r#"<circle cx="9" cy="7.5" r="3.5"/><path d="M3 20v-1.5A5.5 5.5 0 0 1 8.5 13h2"/><circle cx="17" cy="13.5" r="2.5"/><path d="M17 16v5l1.5-1.200L17 18.5"/>"#
        }
        "lock" => {
            r#"<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>"#
        }
        "shield" => {
            r#"<path d="M12 3.5 5 6v5.5c0 4.300 2.900 7.400 7 9 4.100-1.600 7-4.700 7-9V6Z"/>"#
        }
        "shield-ok" => {
            r#"<path d="M12 3.5 5 6v5.5c0 4.300 2.900 7.400 7 9 4.100-1.600 7-4.700 7-9V6Z"/><path d="m9 12 2.200 2.200L15.200 10"/>"#
        }
        "user" => r#"<circle cx="12" cy="8" r="3.75"/><path d="M4.5 20a7.5 7.5 0 0 1 15 0"/>"#,
        "users" => {
            r#"<circle cx="9" cy="8.5" r="3.25"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 5.600a3.250 3.250 0 0 1 0 5.800m2.5 3.100a6.5 6.5 0 0 1 3.5 5"/>"#
        }
        "care" => {
            r#"<path d="M4 20v-8a8 8 0 0 1 16 0v8"/><circle cx="12" cy="12.700" r="1.900"/><path d="M8.5 20a3.5 3.5 0 0 1 7 0"/>"#
        }
        "org" => {
            r#"<path d="M5 20.5V6A1.5 1.5 0 0 1 6.5 4.5h7A1.5 1.5 0 0 1 15 6v14.5m0-10h2.5A1.5 1.5 0 0 1 19 12v8.5M3 20.5h18M10 8v4m-2-2h4m-3 10.5v-4h2v4"/>"#
        }
        "mail" => {
            r#"<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="m4.5 7.5 7.5 5.5 7.5-5.5"/>"#
        }
        "phone" => r#"<rect x="7" y="3" width="10" height="18" rx="2.5"/><path d="M11 18h2"/>"#,
        "calendar" => {
            r#"<rect x="4" y="5.5" width="16" height="14.5" rx="2.5"/><path d="M4 10h16M8.5 3.5v4m7-4v4"/>"#
        }
        "clock" => r#"<circle cx="12" cy="12" r="8.25"/><path d="M12 7.5V12l3 2"/>"#,
        "search" => r#"<circle cx="11" cy="11" r="6.25"/><path d="m15.700 15.700 4.300 4.300"/>"#,
        "filter" => r#"<path d="M4 7h16M7 12h10m-7 5h4"/>"#,
        "download" => r#"<path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M4.5 19.5h15"/>"#,
        "upload" => r#"<path d="M12 15.5V4.5M7.5 9 12 4.5 16.5 9M4.5 19.5h15"/>"#,
        "sheet" => {
            r#"<path d="M6.5 3.5H14l4.5 4.5v11a1.5 1.5 0 0 1-1.5 1.5H6.5A1.5 1.5 0 0 1 5 19V5a1.5 1.5 0 0 1 1.5-1.5Z"/><path d="M14 3.5V8h4.5M8.5 12.5h6.5m-6.5 4h6.5m-3.200-4v4"/>"#
        }
        "trash" => {
            r#"<path d="M4.5 7h15M9.5 7V5A1.5 1.5 0 0 1 11 3.5h2A1.5 1.5 0 0 1 14.5 5v2m3 0-.8 11.600a2 2 0 0 1-2 1.900H9.300a2 2 0 0 1-2-1.900L6.5 7m4 4v5.5m3-5.5v5.5"/>"#
        }
        "edit" => {
            r#"<path d="M4.5 19.5 5.300 16 15.700 5.600a1.900 1.900 0 0 1 2.700 2.700L8 18.700Zm9.5-12 2.700 2.700"/>"#
        }
        "rotate" => {
            r#"<path d="M19.5 12a7.5 7.5 0 0 1-13.300 4.800M4.5 12a7.5 7.5 0 0 1 13.300-4.800M18.5 3.5v4h-4m-9 13v-4h4"/>"#
        }
        "logout" => {
            r#"<path d="M14 4.5H7A1.5 1.5 0 0 0 5.5 6v12A1.5 1.5 0 0 0 7 19.5h7M10.5 12h10m-4-4 4 4-4 4"/>"#
        }
        "alert" => r#"<path d="M12 4 3 19.5h18Z"/><path d="M12 10v4m0 2.800v.1"/>"#,
        "info" => r#"<circle cx="12" cy="12" r="8.25"/><path d="M12 11v5m0-8.200v.1"/>"#,
        "ok" => {
            r#"<circle cx="12" cy="12" r="8.25"/><path d="m8.5 12.200 2.400 2.400 4.600-4.800"/>"#
        }
        "no" => {
            r#"<circle cx="12" cy="12" r="8.25"/><path d="m9.200 9.200 5.600 5.600m0-5.600-5.600 5.6"/>"#
        }
        "globe" => {
            r#"<circle cx="12" cy="12" r="8.25"/><path d="M3.750 12h16.5M12 3.750c2.5 2.200 3.5 5 3.5 8.250s-1 6.050-3.5 8.250c-2.5-2.200-3.5-5-3.5-8.250s1-6.050 3.5-8.250Z"/>"#
        }
        "laptop" => {
            r#"<rect x="5" y="5" width="14" height="10" rx="1.800"/><path d="M2.5 18.5h19"/>"#
        }
        "pill" => {
            r#"<rect x="2.6" y="8.300" width="18.800" height="7.400" rx="3.700" transform="rotate(-45 12 12)"/><path d="m9.400 9.400 5.200 5.2"/>"#
        }
        "flask" => {
            r#"<path d="M9.5 3.5h5M10.5 3.5v6L5.400 18a1.700 1.700 0 0 0 1.5 2.5h10.200a1.700 1.700 0 0 0 1.5-2.5l-5.100-8.5v-6M7.800 14.5h8.400"/>"#
        }
        "syringe" => {
            r#"<path d="m17 3.5 3.5 3.5M18.700 5.300 15.5 8.5m-3-2.5 5.5 5.5m-1.5-1.5-7.300 7.300a2 2 0 0 1-2.800 0l-.7-.7a2 2 0 0 1 0-2.800L13 6.5M6 18l-2.5 2.5m6.300-9.300 1.700 1.700"/>"#
        }
        "notes" => {
            r#"<rect x="5" y="4.5" width="14" height="16" rx="2"/><path d="M9 3.5h6v2.5H9ZM8.5 11h7m-7 4h4.5"/>"#
        }
        "link" => {
            r#"<path d="M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1"/>"#
        }
        "ext" => {
            r#"<path d="M13.5 4.5h6v6M19 5l-8.5 8.5M10 5.5H6A1.5 1.5 0 0 0 4.5 7v11A1.5 1.5 0 0 0 6 19.5h11a1.5 1.5 0 0 0 1.5-1.5v-4"/>"#
        }
        "bot" => {
            r#"<rect x="4.5" y="8" width="15" height="11" rx="3"/><path d="M12 8V4.5m-3 8.300v1.400m6-1.400v1.400M2.5 12.5v3m19-3v3"/>"#
        }
        "grid" => {
            r#"<rect x="4" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="4" y="13.5" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="13.5" width="6.5" height="6.5" rx="1.5"/>"#
        }
        "list" => r#"<path d="M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.1m-.1 5.5h.1m-.1 5.5h.1"/>"#,
        "menu" => r#"<path d="M4 7h16M4 12h16M4 17h16"/>"#,
        "help" => {
            r#"<circle cx="12" cy="12" r="8.25"/><path d="M9.600 9.600a2.5 2.5 0 1 1 3.5 2.400c-.7.300-1.100.8-1.100 1.600m0 2.600v.1"/>"#
        }
        "home" => {
            r#"<path d="m4 11 8-6.5 8 6.5v8a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19Z"/><path d="M9.5 20.5v-6h5v6"/>"#
        }
        "db" => {
            r#"<ellipse cx="12" cy="6.5" rx="7" ry="3"/><path d="M5 6.5v11c0 1.700 3.100 3 7 3s7-1.300 7-3v-11M5 12c0 1.700 3.100 3 7 3s7-1.300 7-3"/>"#
        }
        "spark" => r#"<path d="M4 16.5 9 11l3.5 3.5L20 7m-5 0h5v5"/>"#,
        "hand" => {
            r#"<path d="M4 20v-7m0 5.5 4.200 1.300a6 6 0 0 0 3.5 0L19.800 17a1.600 1.600 0 0 0-.9-3.100L14.5 15m-10.5-1 2.900-1.700a3 3 0 0 1 2.5-.2l3.900 1.5a1.600 1.600 0 0 1-.6 3.100H10M15 4.5a2.300 2.300 0 0 1 3.300 3.300L15 11l-3.300-3.200A2.300 2.300 0 0 1 15 4.5Z"/>"#
        }
        _ => "",
    }
}

/// Whether the icon points along the line of reading, and so turns round where that
/// runs from right to left.
pub fn points(name: &str) -> bool {
    matches!(name, "right" | "arrow" | "back" | "logout")
}
