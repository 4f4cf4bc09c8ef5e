internal import CHTTPParser
internal import Glibc

/// One connection's http-parser: the only place that names it.
///
/// It is given one message at a time, the head whole and never a byte of the next message; what it
/// is lenient about is refused before it, by the scanners, or after it, by `RequestHead`.
final class MessageParser {
    enum Kind { case request, response }

    /// Values from this length on are not shown to the parser, see `longValue`.
    static let longValue = 24

    private let parser: UnsafeMutablePointer<http_parser>
    private let kind: Kind
    fileprivate(set) var headers = HTTPHeaders()
    fileprivate var fieldName = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The beginning of a value whose middle the parser is not shown, and where that middle begins.
    private var valueStart: UnsafePointer<UInt8>?
    private var cut: UnsafePointer<UInt8>?
    fileprivate var isFieldRefused = false
    /// The head at hand, and those of its last fields that are lines in the plainest form.
    private var head = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private var lines = 0..<0
    private var split: [HTTPHeaders.Field] = []
    fileprivate(set) var target = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    fileprivate(set) var isHeadComplete = false
    fileprivate(set) var isMessageComplete = false
    fileprivate var hasNoBody = false
    private var body: [UInt8] = []

    init(_ kind: Kind) {
        self.kind = kind
        parser = .allocate(capacity: 1)
        parser.initialize(to: http_parser())
    }

    deinit { parser.deallocate() }

    var status: Int { Int(souk_http_status(parser)) }
    var isVersion11: Bool { parser.pointee.http_major == 1 && parser.pointee.http_minor == 1 }

    /// Parses a whole head. Afterwards `headers`, and for requests `target` (which points into
    /// `bytes`), can be read.
    ///
    /// - Parameter hasNoBody: for responses that have none whatever their header says, as those to
    ///   `HEAD`.
    func parseHead(
        _ bytes: UnsafeRawBufferPointer, fields: Int, hasNoBody: Bool = false
    ) throws(ProtocolFault) {
        http_parser_init(parser, kind == .request ? HTTP_REQUEST : HTTP_RESPONSE)
        parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        headers = HTTPHeaders(reservingBytes: bytes.count, fields: fields)
        head = bytes.assumingMemoryBound(to: UInt8.self)
        lines = 0..<0
        split.removeAll(keepingCapacity: true)
        target = UnsafeBufferPointer(start: nil, count: 0)
        isFieldRefused = false
        isHeadComplete = false
        isMessageComplete = false
        self.hasNoBody = hasNoBody
        body = []
        valueStart = nil
        cut = nil
        let parsed = parse(bytes)
        takeLines()
        if isFieldRefused { throw .field }
        guard parsed == bytes.count, souk_http_errno(parser) == 0, isHeadComplete else {
            throw .parser
        }
    }

    /// Parses bytes of the body and gives the data among them.
    func parseBody(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> [UInt8] {
        body.reserveCapacity(bytes.count)
        let parsed = execute(bytes)
        guard parsed == bytes.count, souk_http_errno(parser) == 0 else { throw .chunk }
        defer { body = [] }
        return body
    }

    /// The method's name as the parser knows it.
    var method: HTTPMethod {
        let number = souk_http_method(parser)
        switch number {
        case HTTP_GET.rawValue: return .get
        case HTTP_POST.rawValue: return .post
        default: return HTTPMethod(rawValue: String(cString: http_method_str(http_method(number))))
        }
    }

    /// Has the parser look at a head, but not at the middle of long values that it would only pass
    /// on: byte by byte that takes longer than all the rest, and `HTTPHeaders` holds every byte of
    /// a value to the same rules.
    private func parse(_ bytes: UnsafeRawBufferPointer) -> Int {
        var done = 0
        while let middle = longValue(bytes, from: done) {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[done..<middle.lowerBound])
            cut = head.baseAddress! + middle.lowerBound
            guard execute(piece) == piece.count, valueStart != nil else { return done }
            cut = nil
            done = middle.upperBound
        }
        return done + execute(UnsafeRawBufferPointer(rebasing: bytes[done...]))
    }

    /// The middle of the next value that is long and is none of those by which the parser finds
    /// where the message ends: all but its first byte and its last.
    private func longValue(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Range<Int>? {
        let base = bytes.baseAddress!
        var lineStart = start
        while let found = memchr(base + lineStart, 0x0A, bytes.count - lineStart) {
            let end = UnsafeRawPointer(found) - base - 1
            defer { lineStart = end + 2 }
            // The first line is no field, and the line at `start` is perhaps half of one.
            guard lineStart > start, end - lineStart > Self.longValue,
                let colon = memchr(base + lineStart, 0x3A, end - lineStart)
            else { continue }
            let nameLength = UnsafeRawPointer(colon) - base - lineStart
            let first = lineStart + nameLength + 2
            guard !Self.isPerhapsKnown(nameLength), end - first >= Self.longValue,
                bytes[first - 1] == 0x20, bytes[first] > 0x20, bytes[end - 1] > 0x20
            else { continue }
            return first + 1..<end - 1
        }
        return nil
    }

    /// Whether a name is as long as `Upgrade`, `Connection`, `Content-Length`, `Proxy-Connection`
    /// or `Transfer-Encoding`, whose values the parser reads.
    private static func isPerhapsKnown(_ nameLength: Int) -> Bool {
        switch nameLength {
        case 7, 10, 14, 16, 17: true
        default: false
        }
    }

    private func execute(_ bytes: UnsafeRawBufferPointer) -> Int {
        http_parser_execute(
            parser, Self.settings, bytes.assumingMemoryBound(to: CChar.self).baseAddress,
            bytes.count)
    }

    fileprivate func takeValue(_ piece: UnsafeBufferPointer<UInt8>) {
        guard let pieceStart = piece.baseAddress else { return takeField(piece) }
        let start = valueStart ?? pieceStart
        if pieceStart + piece.count == cut { return valueStart = start }
        valueStart = nil
        takeField(
            UnsafeBufferPointer(start: start, count: pieceStart - start + piece.count))
    }

    private func takeField(_ value: UnsafeBufferPointer<UInt8>) {
        if isHeadComplete { return }  // A trailer's; the scanner has checked it.
        if isPlainLine(value) {
            let start = fieldName.baseAddress! - head.baseAddress!
            if lines.isEmpty { lines = start..<start }
            split.append(
                HTTPHeaders.Field(
                    start: UInt32(start - lines.lowerBound), nameLength: UInt32(fieldName.count),
                    valueLength: UInt32(value.count)))
            lines = lines.lowerBound..<start + fieldName.count + value.count + 4
        } else {
            takeLines()
            if !headers.append(checked: fieldName, FieldSyntax.trimmed(value)) {
                isFieldRefused = true
            }
        }
    }

    /// Whether the field at hand stands in the head as it would be written, right behind those that
    /// wait: `name: value` and CR LF.
    private func isPlainLine(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = fieldName.baseAddress, let first = value.first, let last = value.last,
            let valueStart = value.baseAddress, let base = head.baseAddress,
            start + fieldName.count + 2 == valueStart, start[fieldName.count] == 0x3A,
            start[fieldName.count + 1] == 0x20, first > 0x20, last > 0x20,
            lines.isEmpty || base + lines.upperBound == start
        else { return false }
        let end = valueStart - base + value.count
        return end + 2 <= head.count && head[end] == 0x0D && head[end + 1] == 0x0A
    }

    /// Stores the fields that wait, all of them at once.
    private func takeLines() {
        if lines.isEmpty { return }
        if !headers.append(checked: UnsafeBufferPointer(rebasing: head[lines]), split) {
            isFieldRefused = true
        }
        lines = 0..<0
        split.removeAll(keepingCapacity: true)
    }

    fileprivate func takeBody(_ data: UnsafeBufferPointer<UInt8>) { body.append(contentsOf: data) }

    /// Never changed after it was made, and never freed.
    private nonisolated(unsafe) static let settings: UnsafePointer<http_parser_settings> = {
        let settings = UnsafeMutablePointer<http_parser_settings>.allocate(capacity: 1)
        settings.initialize(to: http_parser_settings())
        settings.pointee.on_url = { parser, at, length in
            owner(parser).target = bytes(at, length)
            return 0
        }
        settings.pointee.on_header_field = { parser, at, length in
            owner(parser).fieldName = bytes(at, length)
            return 0
        }
        settings.pointee.on_header_value = { parser, at, length in
            owner(parser).takeValue(bytes(at, length))
            return 0
        }
        settings.pointee.on_headers_complete = { parser in
            let owner = owner(parser)
            owner.isHeadComplete = true
            return owner.hasNoBody ? 1 : 0
        }
        settings.pointee.on_body = { parser, at, length in
            owner(parser).takeBody(bytes(at, length))
            return 0
        }
        settings.pointee.on_message_complete = { parser in
            owner(parser).isMessageComplete = true
            return 0
        }
        return UnsafePointer(settings)
    }()
}

private func owner(_ parser: UnsafeMutablePointer<http_parser>?) -> MessageParser {
    Unmanaged<MessageParser>.fromOpaque(parser!.pointee.data).takeUnretainedValue()
}

private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
        start: UnsafeRawPointer(start)?.assumingMemoryBound(to: UInt8.self), count: count)
}
