import EventTypes
import JSON
import Testing

@testable import EventStore

@Suite struct MetadataTextTests {
    private static let texts: [String?] = [
        nil, "", "service:wallet", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        #"a "quoted" one"#, #"back\slash"#, "Zoë", "line\nbreak", "\u{7F}",
    ]

    private static var all: [EventMetadata] {
        var all: [EventMetadata] = []
        for actor in texts {
            for trace in texts {
                for causation in [nil, EventID(high: 7, low: .max)] {
                    all.append(
                        EventMetadata(
                            correlationID: CorrelationID(high: 0x0198_c0de, low: 0xFEDC_BA98),
                            causationID: causation, actor: actor, traceparent: trace))
                }
            }
        }
        return all
    }

    private static func decode(_ text: [UInt8]) throws -> EventMetadata {
        try text.withUnsafeBytes { try EventMetadata(text: $0) }
    }

    private static func read(_ text: [UInt8]) -> EventMetadata? {
        text.withUnsafeBytes { MetadataText.read($0) }
    }

    @Test func itIsTheSameTextAsByCodable() throws {
        for metadata in Self.all {
            let text = try metadata.text()
            #expect(text == (try JSON.encode(metadata)))
            #expect(try Self.decode(text) == metadata)
            if let plain = MetadataText.write(metadata) {
                #expect(Self.read(plain) == metadata)
            }
        }
        let plain = Self.all.filter { MetadataText.write($0) != nil }
        #expect(plain.count == 4 * 4 * 2)
    }

    @Test(arguments: [
        #"{"actor":"x"}"#, #"{"correlation_id":"0198"}"#, #"{}"#, "", "null",
        #"{"correlation_id":"00000000-0000-7000-8000-000000000001","actor":"a","actor":"b"}"#,
        #"{"correlation_id":"00000000-0000-7000-8000-000000000001"}x"#,
        #"{"correlation_id":"00000000-0000-7000-8000-000000000001",}"#,
        #"{"correlation_id":"00000000-0000-7000-8000-000000000001""#,
    ])
    func whatIsNoMetadataIsRefusedLikeJSON(_ text: String) {
        #expect(Self.read(Array(text.utf8)) == nil)
        #expect(throws: JSONError.self) { try Self.decode(Array(text.utf8)) }
    }

    @Test(arguments: [
        #"{ "correlation_id" : "00000000-0000-7000-8000-000000000001" }"#,
        #"{"actor":"\u0061","correlation_id":"00000000-0000-7000-8000-000000000001"}"#,
        #"{"other":1,"correlation_id":"00000000-0000-7000-8000-000000000001","actor":null}"#,
    ])
    func otherFormsAreReadAsJSON(_ text: String) throws {
        #expect(Self.read(Array(text.utf8)) == nil)
        let read = try Self.decode(Array(text.utf8))
        #expect(read.correlationID == CorrelationID(high: 0x7000, low: 0x8000_0000_0000_0001))
    }
}
