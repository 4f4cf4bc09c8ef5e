/// The forms of a request's target (RFC 9112 §3.2) and the characters of URIs (RFC 3986).
enum RequestTarget {
    /// The target in origin form, checked. The absolute form is taken when it names the scheme in
    /// use and the authority of `host`; the authority form (CONNECT) never is.
    static func originForm(
        _ bytes: UnsafeBufferPointer<UInt8>, method: HTTPMethod,
        host: @autoclosure () -> String?, isSecure: Bool
    ) throws(ProtocolFault) -> String {
        if bytes.first == UInt8(ascii: "/") {
            try check(bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        if bytes.count == 1, bytes[0] == UInt8(ascii: "*"), method == .options { return "*" }
        let scheme = isSecure ? "https://" : "http://"
        let text = String(decoding: bytes, as: UTF8.self)
        guard let host = host(), text.utf8.count > scheme.utf8.count,
            FieldSyntax.isEqual(text.prefix(scheme.count), scheme)
        else { throw .target }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard FieldSyntax.isEqual(rest[..<end], host) else { throw .authorityMismatch }
        let path = rest[end...]
        let target = path.first == "/" ? String(path) : "/" + path
        let copy = Array(target.utf8)
        try copy.withUnsafeBufferPointer { bytes throws(ProtocolFault) in try check(bytes) }
        return target
    }

    /// Refuses what URIs may not have and what readers of paths disagree about: broken or NUL
    /// percent codes, `.` and `..` segments however written, backslashes, fragments.
    private static func check(_ bytes: UnsafeBufferPointer<UInt8>) throws(ProtocolFault) {
        var index = 0
        var dots = 0
        var length = 0
        var isQuery = false
        while index < bytes.count {
            var byte = bytes[index]
            if byte == PercentCoding.percent {
                guard index + 2 < bytes.count, let high = PercentCoding.digit(bytes[index + 1]),
                    let low = PercentCoding.digit(bytes[index + 2])
                else { throw .target }
                index += 3
                byte = high << 4 | low
                if byte == 0 { throw .target }
                // An encoded delimiter is content of its segment, not a delimiter.
                if byte != UInt8(ascii: ".") { byte = UInt8(ascii: "%") }
            } else {
                guard isQuery ? isQueryByte(byte) : isPathByte(byte) else { throw .target }
                index += 1
            }
            if isQuery { continue }
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") {
                if length > 0, length <= 2, dots == length { throw .target }
                dots = 0
                length = 0
                isQuery = byte == UInt8(ascii: "?")
            } else {
                length += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        if !isQuery, length > 0, length <= 2, dots == length { throw .target }
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "}"):
            false
        default: byte > 0x20 && byte < 0x7F
        }
    }

    /// Browsers leave more characters of a query as they are.
    private static func isQueryByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    /// Whether these are a host, or an IPv6 literal in brackets, with or without a port.
    static func isAuthority(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), end > 1 else { return false }
            for byte in bytes[1..<end] {
                let isColonOrDot = byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
                guard isColonOrDot || PercentCoding.digit(byte) != nil else { return false }
            }
            index = end + 1
        } else {
            while index < bytes.count, isHostByte(bytes[index]) { index += 1 }
            if index == 0 { return false }
        }
        if index == bytes.count { return true }
        let port = bytes[(index + 1)...]
        return bytes[index] == UInt8(ascii: ":") && port.count <= 5
            && port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
