@_spi(_Unicode) internal import Swift

/// A name that a file may be shown and downloaded under. It is never part of a path on disk.
enum FileName {
    static let longestBytes = 180
    /// Names that some systems take for devices, whatever their ending.
    private static let reserved: Set<String> = Set(
        ["con", "prn", "aux", "nul", "conin$", "conout$"]
            + (0...9).flatMap { ["com\($0)", "lpt\($0)"] })
    private static let forbidden: Set<Unicode.Scalar> = [
        "/", "\\", ":", "*", "?", "\"", "<", ">", "|", "%", "\u{FFFD}", "\u{2044}", "\u{2215}",
        "\u{29F8}", "\u{FF0F}", "\u{FF3C}",
    ]

    /// The text in the one form that Unicode has for it (NFC).
    static func normalised(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text._nfc { result.append(scalar) }
        return String(result)
    }

    /// What is wrong with a normalised name, as the end of a sentence; nil if nothing.
    static func fault(of name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > longestBytes { return "must have at most \(longestBytes) bytes" }
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator:
                return "has a character that is not shown"
            default: break
            }
            if forbidden.contains(scalar) { return "has a sign in it that file names do not have" }
        }
        guard let first = name.first, let last = name.last else { return "is empty" }
        if first == "." || first == "-" || first == "~" || first.isWhitespace {
            return "must not begin with a dot, a hyphen, a tilde or a blank"
        }
        if last == "." || last.isWhitespace { return "must not end with a dot or a blank" }
        let stem = name.prefix { $0 != "." }.lowercased().filter { !$0.isWhitespace }
        return reserved.contains(stem) ? "is reserved" : nil
    }

    /// The name with an ending that says what the file is; one that says something else stays in
    /// front of it: `page.html` becomes `page.html.png`.
    static func ending(_ name: String, as form: MediaForm) -> String {
        let parts = name.split(separator: ".")
        if parts.count > 1, let last = parts.last, form.endings.contains(last.lowercased()) {
            return name
        }
        return "\(name).\(form.endings[0])"
    }
}
