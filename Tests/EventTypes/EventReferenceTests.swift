import EventTypes
import Foundation
import JSON
import Testing

/// `SOUK_WRITE_DOCS=1` writes the references, and the first forms of new events, instead of
/// comparing.
@Suite struct EventReferenceTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let isWriting = ProcessInfo.processInfo.environment["SOUK_WRITE_DOCS"] != nil

    private func hold(_ path: String, to text: String) throws {
        let url = Self.root.appending(path: path)
        if Self.isWriting { try Data(text.utf8).write(to: url) }
        let present = try String(contentsOf: url, encoding: .utf8)
        #expect(present == text, "\(path) is behind the code: run make docs")
    }

    @Test func theReferencesSayWhatTheCodeSays() throws {
        try hold("docs/EVENTS.md", to: EventReference.markdown())
        try hold("docs/asyncapi.json", to: EventReference.asyncAPI())
    }

    @Test func everyTopicAndTypeIsNamedOnce() throws {
        let entries = try EventReference.entries()
        #expect(Set(entries.map(\.type)).count == entries.count)
        for entry in entries {
            let service = entry.type.name.split(separator: ".").first.map(String.init)
            let isQueue = entry.topic.rawValue == service
            #expect(isQueue || entry.topic.rawValue == "\(service ?? "")-events")
        }
    }

    /// Every version of every type that was ever published, as it was written then. What is in
    /// there is never changed: each of them must be readable for ever.
    @Test func theGoldenCorpusIsReadable() throws {
        let folder = Self.root.appending(path: "Tests/EventTypes/Golden")
        for (_, types) in Contract.events {
            for type in types { try checkGolden(type, folder) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let known = Set(
            try EventReference.entries().map { "\($0.type.name).v\($0.type.version).json" })
        #expect(Set(names).subtracting(known).isEmpty, "a published type has vanished")
    }

    private func checkGolden<Event: PublishedEvent>(_ type: Event.Type, _ folder: URL) throws {
        let name = "\(type.eventType.name).v\(type.eventType.version).json"
        let url = folder.appending(path: name)
        if Self.isWriting, !FileManager.default.fileExists(atPath: url.path) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data((JSON.text(type.example) + "\n").utf8).write(to: url)
        }
        var text = try String(contentsOf: url, encoding: .utf8)
        text.removeLast()
        let event = try JSON.decode(type, from: text)
        // What was written then is still there: no field was removed or retyped.
        let before = try JSON.decode(JSONValue.self, from: text)
        let after = try JSON.decode(JSONValue.self, from: JSON.encode(event))
        #expect(Self.isKept(before, in: after), "\(name) lost something")
    }

    private static func isKept(_ before: JSONValue, in after: JSONValue) -> Bool {
        switch (before, after) {
        case (.object(let old), .object(let new)):
            old.members.allSatisfy { member in
                new[member.name].map { isKept(member.value, in: $0) } ?? false
            }
        case (.array(let old), .array(let new)):
            old.count == new.count && zip(old, new).allSatisfy { isKept($0, in: $1) }
        default: before == after
        }
    }
}
