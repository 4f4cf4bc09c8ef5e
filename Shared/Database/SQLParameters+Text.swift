internal import EventTypes

// The text forms of values, for COPY, which binds none.

extension SQLParameters {
    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        fault = nil
    }

    /// The one value in COPY's text format.
    func appendCopyText(to buffer: inout [UInt8]) throws {
        if let fault { throw DatabaseError(.invalidParameter, fault) }
        let entry = entries[0]
        guard let length = entry.length else {
            buffer.append(contentsOf: "\\N".utf8)
            return
        }
        if !entry.isBinary {
            for byte in bytes[entry.offset..<entry.offset + length] {
                buffer.append(copyEscaped: byte)
            }
            return
        }
        for byte in try text(of: entry).utf8 { buffer.append(copyEscaped: byte) }
    }

    /// What the server would read as the value, for types that are bound in binary.
    fileprivate func text(of entry: Entry) throws -> String {
        try bytes.withUnsafeBytes { all in
            let length = entry.length ?? 0
            let value = SQLValue(
                entry.type,
                UnsafeRawBufferPointer(rebasing: all[entry.offset..<entry.offset + length]))
            if !entry.isBinary { return String(decoding: value.bytes!, as: UTF8.self) }
            do {
                return try value.inputText()
            } catch let error as SQLValueError {
                throw DatabaseError(.invalidParameter, "A value \(error.reason).")
            }
        }
    }
}

extension SQLValue {
    /// The text that PostgreSQL's input function of the type reads.
    fileprivate func inputText() throws -> String {
        switch type {
        case .bytea:
            var text = "\\x"
            for byte in try byteArray() {
                text.unicodeScalars.append(Self.digits[Int(byte >> 4)])
                text.unicodeScalars.append(Self.digits[Int(byte & 15)])
            }
            return text
        case .boolArray, .byteaArray, .int2Array, .int4Array, .textArray, .int8Array,
            .float8Array, .timestamptzArray, .uuidArray:
            let elements = try elements().map { element in
                element.isNull ? "NULL" : Self.quotedElement(try element.inputText())
            }
            return "{" + elements.joined(separator: ",") + "}"
        case .float8:
            let value = try double()
            return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
        default: return try text()
        }
    }

    private static let digits = Array("0123456789abcdef".unicodeScalars)

    private static func quotedElement(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }
}

extension [UInt8] {
    fileprivate mutating func append(copyEscaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"): append(contentsOf: "\\\\".utf8)
        case UInt8(ascii: "\t"): append(contentsOf: "\\t".utf8)
        case UInt8(ascii: "\n"): append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): append(contentsOf: "\\r".utf8)
        default: append(byte)
        }
    }
}

extension SQL {
    /// The text with every value as a quoted literal of its type. `standard_conforming_strings` is
    /// on in every session, so a quote is the only character to double.
    func withLiterals() throws -> String {
        if let fault = parameters.fault { throw DatabaseError(.invalidParameter, fault) }
        return try replacingPlaceholders { number in
            let entry = parameters.entries[number]
            let cast = entry.type.sqlName.map { "::\($0)" } ?? ""
            guard entry.length != nil else { return "null\(cast)" }
            var quoted = "'"
            for character in try parameters.text(of: entry).unicodeScalars {
                if character == "'" { quoted += "'" }
                quoted.unicodeScalars.append(character)
            }
            return quoted + "'" + cast
        }
    }
}
