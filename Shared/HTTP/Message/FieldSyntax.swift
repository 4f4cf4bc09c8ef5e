/// The characters that RFC 9110 §5 allows in the names and values of fields.
enum FieldSyntax {
    /// `tchar`: what tokens (field names, methods, coding names) are made of.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// For every byte 0 if it is a `tchar`. Never changed after it was made, and never freed.
    private nonisolated(unsafe) static let tokenFaults: UnsafePointer<UInt8> = {
        let faults = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        for byte in UInt8.min...UInt8.max { faults[Int(byte)] = isTokenByte(byte) ? 0 : 1 }
        return UnsafePointer(faults)
    }()

    /// Whether `bytes` is a token: not empty, nothing but `tchar`.
    static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let tokenFaults = tokenFaults
        var faults: UInt8 = 0
        for byte in bytes { faults |= tokenFaults[Int(byte)] }
        return faults == 0 && !bytes.isEmpty
    }

    /// Whether nothing but bytes of values is there. Eight are looked at a time: values are long,
    /// and where something rare may be among them, a tab, all are looked at again.
    static func isValue(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index + 8 <= bytes.count {
            if mayHaveControl(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
                return bytes.allSatisfy(isValueByte)
            }
            index += 8
        }
        // The last eight, some of them for the second time.
        if index > 0, index < bytes.count {
            let last = raw.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
            return !mayHaveControl(last) || bytes.allSatisfy(isValueByte)
        }
        return bytes[index...].allSatisfy(isValueByte)
    }

    /// Whether one of eight bytes is below a space or DEL; for some words in which none is, too.
    private static func mayHaveControl(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        let delete = word ^ (ones &* 0x7F)
        return ((word &- ones &* 0x20) & ~word | (delete &- ones) & ~delete) & tops != 0
    }

    /// A value's byte: visible, space, tab, or outside ASCII; never CR, LF, NUL or another control.
    static func isValueByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == 0x09
    }

    /// Whether two ASCII texts are equal apart from the case of letters.
    static func isEqual(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] {
            guard lowercased(left[index]) == lowercased(right[index]) else { return false }
        }
        return true
    }

    static func isEqual(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    static func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: StaticString) -> Bool {
        isEqual(
            left, UnsafeBufferPointer(start: right.utf8Start, count: right.utf8CodeUnitCount))
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// `bytes` without spaces and tabs at both ends.
    static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = bytes.count
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
    }

    /// The elements of a comma-separated list (RFC 9110 §5.6.1), trimmed, the empty ones dropped.
    static func list(_ value: some StringProtocol) -> [String] {
        Substring(value).utf8.split(separator: UInt8(ascii: ",")).compactMap { element in
            let trimmed = trimmed(Substring(element))
            return trimmed.isEmpty ? nil : String(trimmed)
        }
    }

    static func trimmed(_ text: some StringProtocol) -> Substring {
        var rest = Substring(text)
        while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
        while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest.removeLast() }
        return rest
    }
}
