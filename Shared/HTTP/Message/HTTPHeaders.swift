/// The fields of a message's header: an ordered multimap whose names ignore case.
///
/// Names and values are held to RFC 9110 §5 when they are put in, so that nothing in here can break
/// out of its line: a field with CR, LF, NUL or another control in it, or with a name that is no
/// token, is not stored but named in `refused`. A server answers a response with a refused field
/// with 500, a client throws for such a request.
public struct HTTPHeaders: Sendable {
    struct Field {
        var start: UInt32
        var nameLength: UInt32
        var valueLength: UInt32

        /// Where the value starts: after the name, a colon and a space.
        var valueStart: Int { Int(start) + Int(nameLength) + 2 }
    }

    /// All fields as they go over the wire, each `name: value` and CR LF.
    private(set) var wire: [UInt8] = []
    private(set) var fields: [Field] = []

    /// The name of the first field that was refused for its characters; nil when all were stored.
    public private(set) var refused: String?

    public init() {}

    /// None yet, with room for a header of that size.
    init(reservingBytes bytes: Int, fields: Int) {
        wire.reserveCapacity(bytes)
        self.fields.reserveCapacity(fields)
    }

    /// Fields in the given order.
    public init(_ fields: [(String, String)]) {
        for (name, value) in fields { add(name, value) }
    }

    /// How many fields there are; repeated names count each time.
    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// The value of the first field of that name; setting replaces all fields of that name, nil
    /// removes them.
    public subscript(name: String) -> String? {
        get { firstIndex(of: name).map(value(at:)) }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    /// The values of all fields of that name, in order.
    public func all(_ name: String) -> [String] {
        guard let first = firstIndex(of: name) else { return [] }
        return (first..<fields.count).filter { isName($0, name) }.map(value(at:))
    }

    /// Calls `body` with the value of the only field of that name, without a copy of it.
    ///
    /// - Returns: nil when there is none, or more than one.
    public func withOnly<Result>(
        _ name: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result? {
        guard let index = firstIndex(of: name),
            !((index + 1)..<fields.count).contains(where: { isName($0, name) })
        else { return nil }
        let field = fields[index]
        return try wire.withUnsafeBufferPointer { wire in
            let start = field.valueStart
            return try body(
                UnsafeBufferPointer(rebasing: wire[start..<start + Int(field.valueLength)]))
        }
    }

    /// Whether there is one field of that name that says this and nothing else, in whatever case.
    public func hasOnly(_ name: String, _ value: StaticString) -> Bool {
        withOnly(name) { FieldSyntax.isEqual($0, value) } ?? false
    }

    /// Whether a field of that name is there.
    public func contains(_ name: String) -> Bool { firstIndex(of: name) != nil }

    /// Whether a field is there whose name is in `names`.
    public func contains(any names: FieldNames) -> Bool {
        fields.indices.contains { withName(at: $0, names.contains) }
    }

    /// The elements of all comma-separated lists of that name, trimmed (RFC 9110 §5.6.1).
    public func list(_ name: String) -> [String] {
        all(name).flatMap { FieldSyntax.list($0) }
    }

    /// Adds a field after the others.
    public mutating func add(_ name: String, _ value: String) {
        let isStored = Self.withBytes(of: name) { name in
            Self.withBytes(of: value) { append(checked: name, FieldSyntax.trimmed($0)) }
        }
        if !isStored, refused == nil {
            refused = String(name.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 })
        }
    }

    /// Replaces all fields of that name by one.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Adds a field unless there is one of that name.
    public mutating func setIfAbsent(_ name: String, _ value: String) {
        if !contains(name) { add(name, value) }
    }

    /// Removes all fields of that name.
    public mutating func remove(_ name: String) {
        guard contains(name) else { return }
        self = keeping(extraBytes: 0, extraFields: 0) { !isName($0, name) }
    }

    /// Adds every field of `other`, in order.
    public mutating func append(_ other: HTTPHeaders) {
        refused = refused ?? other.refused
        copy(other, 0..<other.fields.count)
    }

    /// Adds those fields of `other` whose names are not there yet, in order.
    public mutating func appendMissing(_ other: HTTPHeaders) {
        refused = refused ?? other.refused
        let own = fields.count
        var start = 0
        for index in other.fields.indices {
            let isThere = other.withName(at: index) { name in
                let there = firstIndex(of: name)
                return there.map { $0 < own } ?? false
            }
            guard isThere else { continue }
            copy(other, start..<index)
            start = index + 1
        }
        copy(other, start..<other.fields.count)
    }

    /// Fields without those whose names are in `names`.
    ///
    /// - Parameter extraBytes: room for what will be put in their place.
    public func removing(_ names: FieldNames, extraBytes: Int = 0) -> HTTPHeaders {
        let isClean = !contains(any: names)
        if isClean, extraBytes == 0 { return self }
        return keeping(extraBytes: extraBytes, extraFields: extraBytes / 32) {
            isClean || !withName(at: $0, names.contains)
        }
    }

    /// The fields that are wanted, with room for others.
    private func keeping(
        extraBytes: Int, extraFields: Int, _ isWanted: (Int) -> Bool
    ) -> HTTPHeaders {
        var kept = HTTPHeaders(
            reservingBytes: wire.count + extraBytes, fields: fields.count + extraFields)
        kept.refused = refused
        var start = 0
        for index in fields.indices where !isWanted(index) {
            kept.copy(self, start..<index)
            start = index + 1
        }
        kept.copy(self, start..<fields.count)
        return kept
    }
}

extension HTTPHeaders {
    func name(at index: Int) -> String {
        let field = fields[index]
        let start = Int(field.start)
        return String(decoding: wire[start..<start + Int(field.nameLength)], as: UTF8.self)
    }

    func value(at index: Int) -> String {
        let field = fields[index]
        let start = field.valueStart
        return String(decoding: wire[start..<start + Int(field.valueLength)], as: UTF8.self)
    }

    /// The field as it goes over the wire.
    func line(at index: Int) -> ArraySlice<UInt8> {
        let field = fields[index]
        return wire[Int(field.start)..<field.valueStart + Int(field.valueLength) + 2]
    }

    func firstIndex(of name: String) -> Int? {
        Self.withBytes(of: name) { firstIndex(of: $0) }
    }

    /// Without a copy of it where it is in one piece, which names nearly always are.
    private static func withBytes<Result>(
        of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        var text = text
        return text.withUTF8(body)
    }

    private func firstIndex(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        wire.withUnsafeBufferPointer { wire in
            for index in 0..<fields.count {
                let field = fields[index]
                guard Int(field.nameLength) == name.count else { continue }
                let start = Int(field.start)
                let own = UnsafeBufferPointer(rebasing: wire[start..<start + name.count])
                if FieldSyntax.isEqual(own, name) { return index }
            }
            return nil
        }
    }

    func isName(_ index: Int, _ name: String) -> Bool {
        let field = fields[index]
        guard Int(field.nameLength) == name.utf8.count else { return false }
        return wire.withUnsafeBufferPointer { wire in
            let own = UnsafeBufferPointer(
                rebasing: wire[Int(field.start)..<Int(field.start) + Int(field.nameLength)])
            return Self.withBytes(of: name) { FieldSyntax.isEqual(own, $0) }
        }
    }

    func withName<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let field = fields[index]
        return wire.withUnsafeBufferPointer { wire in
            let start = Int(field.start)
            return body(UnsafeBufferPointer(rebasing: wire[start..<start + Int(field.nameLength)]))
        }
    }

    func withValue<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let field = fields[index]
        return wire.withUnsafeBufferPointer { wire in
            let start = field.valueStart
            return body(
                UnsafeBufferPointer(rebasing: wire[start..<start + Int(field.valueLength)]))
        }
    }

    /// Stores a field of a parser, which has split it and trimmed the value; false when a character
    /// of it is not allowed.
    mutating func append(
        checked name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard FieldSyntax.isToken(name), FieldSyntax.isValue(value) else { return false }
        fields.append(
            Field(
                start: UInt32(wire.count), nameLength: UInt32(name.count),
                valueLength: UInt32(value.count)))
        wire.append(contentsOf: name)
        wire.append(UInt8(ascii: ":"))
        wire.append(UInt8(ascii: " "))
        wire.append(contentsOf: value)
        wire.append(0x0D)
        wire.append(0x0A)
        return true
    }

    /// Stores fields that a parser has split out of whole lines `name: value` and CR LF, which
    /// follow each other; false when a character of one of them is not allowed.
    ///
    /// - Parameter lines: all of them.
    mutating func append(checked lines: UnsafeBufferPointer<UInt8>, _ split: [Field]) -> Bool {
        for field in split {
            let start = Int(field.start)
            let name = UnsafeBufferPointer(rebasing: lines[start..<start + Int(field.nameLength)])
            let value = UnsafeBufferPointer(
                rebasing: lines[field.valueStart..<field.valueStart + Int(field.valueLength)])
            guard FieldSyntax.isToken(name), FieldSyntax.isValue(value) else { return false }
        }
        let offset = UInt32(wire.count)
        wire.append(contentsOf: lines)
        for var field in split {
            field.start += offset
            fields.append(field)
        }
        return true
    }

    /// Fields stand one behind the other, so that a range of them is one piece of memory.
    private mutating func copy(_ other: HTTPHeaders, _ range: Range<Int>) {
        if range.isEmpty { return }
        let first = other.fields[range.lowerBound].start
        let last = other.fields[range.upperBound - 1]
        let end = last.valueStart + Int(last.valueLength) + 2
        let offset = UInt32(wire.count)
        for var field in other.fields[range] {
            field.start = field.start - first + offset
            fields.append(field)
        }
        other.wire.withUnsafeBufferPointer { bytes in
            wire.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[Int(first)..<end]))
        }
    }
}

extension HTTPHeaders: Sequence {
    /// Goes through the fields in order, names in the case they came in.
    public struct Iterator: IteratorProtocol {
        let headers: HTTPHeaders
        var index = 0

        public mutating func next() -> (name: String, value: String)? {
            guard index < headers.count else { return nil }
            defer { index += 1 }
            return (headers.name(at: index), headers.value(at: index))
        }
    }

    public func makeIterator() -> Iterator { Iterator(headers: self) }
    public var underestimatedCount: Int { count }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral, Equatable, CustomStringConvertible {
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// The same fields in the same order, names compared without case.
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count
            && left.fields.indices.allSatisfy {
                left.isName($0, right.name(at: $0)) && left.value(at: $0) == right.value(at: $0)
            }
    }

    /// Names only: values may be secret.
    public var description: String { map(\.name).joined(separator: ", ") }
}
