public import EventTypes
internal import Glibc

/// Bytes that can be read in parts: a file, an object of a store, memory.
public protocol HTTPByteSource: Sendable {
    var length: Int { get }

    /// The bytes of a range within `length`; less than asked for is an error of the source.
    func read(_ range: Range<Int>) async throws -> [UInt8]
}

/// Bytes in memory.
public struct MemorySource: HTTPByteSource {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var length: Int { bytes.count }
    public func read(_ range: Range<Int>) async throws -> [UInt8] { Array(bytes[range]) }
}

/// A regular file, opened once; reading it never blocks a loop.
public final class FileSource: HTTPByteSource {
    public let length: Int
    public let modified: Timestamp
    private let descriptor: Int32

    /// Nil when there is no such regular file that may be read.
    public init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        length = Int(status.st_size)
        modified = Timestamp(seconds: Int64(status.st_mtim.tv_sec))
    }

    @concurrent public func read(_ range: Range<Int>) async throws -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let got = pread(
                    descriptor, buffer.baseAddress! + count, range.count - count,
                    off_t(range.lowerBound + count))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    failed = true
                    return
                }
                count += got
            }
        }
        if failed { throw HTTPBodyError.incomplete }
        return bytes
    }

    deinit { close(descriptor) }
}

extension HTTPResponse {
    /// How much of a source is read at a time.
    static let contentChunk = 65_536

    /// Serves a source as media players and downloads want it: whole or in a range, with 304 when
    /// the client has it and 416 when the range does not exist (RFC 9110 §13, §14). Several ranges
    /// in one request get the whole.
    ///
    /// - Parameters:
    ///   - etag: the content's strong validator without quotes.
    ///   - modified: for clients without the validator.
    public static func content(
        _ source: some HTTPByteSource, type: String, etag: String? = nil,
        modified: Timestamp? = nil, for request: HTTPRequest
    ) -> HTTPResponse {
        var fields: HTTPHeaders = ["Accept-Ranges": "bytes"]
        let quoted = etag.map { "\"\($0)\"" }
        if let quoted { fields.add("ETag", quoted) }
        if let modified { fields.add("Last-Modified", HTTPDate.text(modified)) }
        if isKnown(to: request, quoted, modified) { return HTTPResponse(304, headers: fields) }
        let asked = mayUseRange(request, quoted, modified) ? request.headers["Range"] : nil
        var status = HTTPStatus.ok
        var range = 0..<source.length
        switch ByteRange(asked, length: source.length) {
        case .whole: break
        case .part(let part):
            status = .partialContent
            range = part
            let last = part.upperBound - 1
            fields.add("Content-Range", "bytes \(part.lowerBound)-\(last)/\(source.length)")
        case .unsatisfiable:
            var response = Problem.bare(.rangeNotSatisfiable).response()
            response.headers.add("Content-Range", "bytes */\(source.length)")
            return response
        }
        fields.add("Content-Type", type)
        let served = range
        return HTTPResponse(
            status, headers: fields,
            body: .stream(length: served.count) { writer in
                var start = served.lowerBound
                while start < served.upperBound {
                    let end = min(start + contentChunk, served.upperBound)
                    try await writer.write(source.read(start..<end))
                    start = end
                }
            })
    }

    private static func isKnown(
        to request: HTTPRequest, _ quoted: String?, _ modified: Timestamp?
    ) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        if request.headers.contains("If-None-Match") {
            guard let quoted else { return false }
            return request.headers.list("If-None-Match").contains {
                $0 == "*" || $0 == quoted || $0 == "W/\(quoted)"
            }
        }
        guard let modified, let since = request.headers["If-Modified-Since"].flatMap(HTTPDate.parse)
        else { return false }
        return modified.microseconds / 1_000_000 <= since.microseconds / 1_000_000
    }

    /// A range of a content that has changed since would not fit to what the client has.
    private static func mayUseRange(
        _ request: HTTPRequest, _ quoted: String?, _ modified: Timestamp?
    ) -> Bool {
        guard request.method == .get else { return false }
        guard let condition = request.headers["If-Range"] else { return true }
        return condition == quoted || condition == modified.map(HTTPDate.text)
    }
}
