/// Where a payout goes, in a form that was checked. Personal data: never in a log as it stands.
struct PayoutDestination: Hashable, Sendable {
    enum Kind: String, Codable, CaseIterable, Sendable {
        /// A bank account (ISO 13616).
        case iban
        /// A recipient's token at the sandbox.
        case sandbox
    }

    let kind: Kind
    /// In its canonical form: an IBAN in capitals without blanks.
    let value: String

    init(kind: Kind, value: String) throws(WalletError) {
        guard value.utf8.count <= 64 else { throw .destinationMalformed }
        self.kind = kind
        switch kind {
        case .iban:
            guard let canonical = Self.iban(value) else { throw .destinationMalformed }
            self.value = canonical
        case .sandbox:
            guard Self.isToken(value) else { throw .destinationMalformed }
            self.value = value
        }
    }

    /// 1 to 64 letters, digits, `_`, `-`, `.` or `:`.
    private static func isToken(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "_-.:".unicodeScalars.contains(scalar))
            }
    }

    /// The canonical form, when length, alphabet and check digits (ISO 7064, MOD 97-10) are right.
    private static func iban(_ text: String) -> String? {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let bytes = text.uppercased().utf8.filter { $0 != UInt8(ascii: " ") }
        guard (15...34).contains(bytes.count),
            bytes.allSatisfy({ letters.contains($0) || digits.contains($0) }),
            bytes[0...1].allSatisfy(letters.contains), bytes[2...3].allSatisfy(digits.contains)
        else { return nil }
        var remainder = 0
        for byte in bytes[4...] + bytes[..<4] {
            if digits.contains(byte) {
                remainder = (remainder * 10 + Int(byte - 48)) % 97
            } else {
                remainder = (remainder * 100 + Int(byte - 55)) % 97
            }
        }
        return remainder == 1 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
