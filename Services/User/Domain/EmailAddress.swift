/// An e-mail address that could be delivered to: one `@`, a local part of RFC 5321's dot-atom form,
/// a domain of at least two labels, 254 bytes at most. Compared without regard to case.
struct EmailAddress: Sendable, Equatable {
    /// In lower case.
    let text: String

    var localPart: Substring { text.prefix { $0 != "@" } }

    init?(_ raw: String) {
        let lowered = raw.lowercased()
        guard lowered.utf8.count <= 254, lowered.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            return nil
        }
        let parts = lowered.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isLocalPart(parts[0]), Self.isDomain(parts[1]) else {
            return nil
        }
        text = lowered
    }

    private static func isLocalPart(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 64 else { return false }
        let atoms = text.split(separator: ".", omittingEmptySubsequences: false)
        return atoms.allSatisfy { atom in
            !atom.isEmpty
                && atom.allSatisfy {
                    $0.isLetter || $0.isNumber || "!#$%&'*+-/=?^_`{|}~".contains($0)
                }
        }
    }

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, last.contains(where: \.isLetter) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
        }
    }
}
