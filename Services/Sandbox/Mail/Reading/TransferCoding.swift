/// Undoes the transfer codings of RFC 2045 §6, forgiving what is wrong in them.
enum TransferCoding {
    static func decode(_ bytes: ArraySlice<UInt8>, _ name: String) -> [UInt8] {
        switch name.lowercased().filter({ $0 != " " }) {
        case "base64": base64(bytes)
        case "quoted-printable": quotedPrintable(bytes)
        default: Array(bytes)
        }
    }

    /// Characters that do not belong are skipped, missing padding is no fault.
    static func base64(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                // Padding ends a run; another may follow.
                bits = 0
                count = 0
                continue
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return result
    }

    /// An equals sign that introduces nothing stays as it is.
    static func quotedPrintable(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var lines = MailLines(bytes)
        while var line = lines.next() {
            let isLast = lines.rest.isEmpty
            // White space at the end was added on the way.
            while line.last == UInt8(ascii: " ") || line.last == UInt8(ascii: "\t") {
                line.removeLast()
            }
            let isSoft = line.last == UInt8(ascii: "=")
            if isSoft { line.removeLast() }
            append(line, to: &result)
            if !isSoft, !isLast || bytes.last == 0x0A { result += [0x0D, 0x0A] }
        }
        return result
    }

    private static func append(_ line: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "="), index + 2 < line.endIndex,
                let value = hex(line[index + 1], line[index + 2])
            {
                result.append(value)
                index += 3
            } else {
                result.append(line[index])
                index += 1
            }
        }
    }

    /// The byte of two hexadecimal digits.
    static func hex(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = digit(high), let low = digit(low) else { return nil }
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
