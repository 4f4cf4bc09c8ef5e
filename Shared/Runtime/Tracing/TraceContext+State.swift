extension TraceContext {
    /// The most list members that `tracestate` may have (W3C Trace Context §3.3.1.1).
    static let stateMemberLimit = 32
    /// The longest `tracestate` that is carried on; the specification asks for at least this.
    static let stateLengthLimit = 512

    /// Whether the text is a `tracestate` list: unique keys of the allowed characters, each with a
    /// printable value. Empty members are allowed.
    static func isValidState(_ text: String) -> Bool {
        guard text.utf8.count <= stateLengthLimit else { return false }
        var keys: Set<[UInt8]> = []
        var members = 0
        for member in text.utf8.split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        {
            let trimmed = trimmingBlanks(member)
            if trimmed.isEmpty { continue }
            members += 1
            guard members <= stateMemberLimit,
                let equals = trimmed.firstIndex(of: UInt8(ascii: "=")),
                isKey(trimmed[..<equals]), isValue(trimmed[trimmed.index(after: equals)...]),
                keys.insert(Array(trimmed[..<equals])).inserted
            else { return false }
        }
        return members > 0
    }

    private static func trimmingBlanks(_ text: Substring.UTF8View) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var slice = Array(text)[...].drop(while: isBlank)
        while let last = slice.last, isBlank(last) { slice.removeLast() }
        return slice
    }

    private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
        let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return key.count <= 256 && isName(key, mayStartWithDigit: false)
        case 2:
            return parts[0].count <= 241 && parts[1].count <= 14
                && isName(parts[0], mayStartWithDigit: true)
                && isName(parts[1], mayStartWithDigit: false)
        default: return false
        }
    }

    private static func isName(_ name: ArraySlice<UInt8>, mayStartWithDigit: Bool) -> Bool {
        guard let first = name.first else { return false }
        let isLetter: (UInt8) -> Bool = { (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0 }
        let isDigit: (UInt8) -> Bool = { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
        guard isLetter(first) || (mayStartWithDigit && isDigit(first)) else { return false }
        return name.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
    }

    private static func isValue(_ value: ArraySlice<UInt8>) -> Bool {
        guard (1...256).contains(value.count), value.last != 0x20 else { return false }
        return value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }
}
