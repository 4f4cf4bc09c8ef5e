import EventTypes
import Foundation
import HTTP
import JSON
import Runtime
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import CMSService

/// Uploads that are too large, break off, or lie about their length; and what is left lying about.
@Suite(.timeLimit(.minutes(10))) struct UploadTests {
    private func request(_ desk: Desk, _ body: HTTPBody, length: Int? = nil) throws -> HTTPRequest {
        var fields: HTTPHeaders = [
            "Authorization": "Bearer \(try desk.harness.token(for: .admin) ?? "")",
            "Content-Type": "image/png",
        ]
        if let length { fields.set("Content-Length", "\(length)") }
        return HTTPRequest(
            method: .post, target: "/api/v1/media?name=a.png", headers: fields, body: body)
    }

    /// A picture that never ends, in pieces, and how many of them were taken.
    private final class Endless: Sendable {
        let taken = Mutex(0)
        func next() -> [UInt8] {
            let number = taken.withLock { taken in
                taken += 1
                return taken
            }
            return number == 1 ? Samples.png : [UInt8](repeating: 7, count: 16_384)
        }
    }

    @Test func whatIsTooLargeIsRefusedBeforeItIsRead() async throws {
        try await Desk.with(.memory, settings: ["SOUK_MEDIA_LIMIT": "100000"]) { desk in
            let body = HTTPBody(length: 100_001) {
                Issue.record("nothing is read")
                return nil
            }
            let answer = try await desk.harness.handler(request(desk, body))
            #expect(answer.status == 413)
            #expect(desk.files.isEmpty)

            let endless = Endless()
            let flood = try await desk.harness.handler(request(desk, HTTPBody { endless.next() }))
            #expect(flood.status == 413)
            #expect(endless.taken.withLock { $0 } <= 9)
            #expect(desk.files.isEmpty)
            #expect(try await desk.harness.events().isEmpty)
        }
    }

    @Test func whatBreaksOffLeavesNothing() async throws {
        try await Desk.with(.memory) { desk in
            let endless = Endless()
            let body = HTTPBody(length: 1_000_000) {
                if endless.taken.withLock({ $0 }) == 30 { throw HTTPBodyError.incomplete }
                return endless.next()
            }
            let answer = try await desk.harness.handler(request(desk, body))
            #expect(answer.status == 400)
            #expect(desk.files.isEmpty)
            #expect(try await desk.harness.events().isEmpty)
        }
    }

    @Test func aLargeFileOfTheWrongKindIsRefusedEarly() async throws {
        try await Desk.with(.memory) { desk in
            let count = Mutex(0)
            let body = HTTPBody {
                count.withLock { $0 += 1 }
                return [UInt8](repeating: UInt8(ascii: "a"), count: 16_384)
            }
            let answer = try await desk.harness.handler(request(desk, body))
            #expect(answer.status == 415)
            #expect(count.withLock { $0 } <= 5)
            #expect(desk.files.isEmpty)
        }
    }

    @Test func largeFilesComeThroughAServer() async throws {
        try await Desk.with { desk in
            let bytes = Samples.png + (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let token = try desk.harness.token(for: .admin) ?? ""
            try await LoopbackServer.with(
                limits: desk.harness.blueprint.limits, desk.harness.handler
            ) { server in
                let response = try await server.client.send(
                    HTTPClientRequest(
                        .post, "\(server.url)/api/v1/media?name=big.png",
                        headers: [
                            "Authorization": "Bearer \(token)", "Content-Type": "image/png",
                        ], body: .bytes(bytes)))
                let text = try await response.body.collect(upTo: 10_000)
                #expect(response.status == 201, "\(String(decoding: text, as: UTF8.self))")
                let url = try #require(
                    try JSON.decode(JSONValue.self, from: text)["url"]?.string)
                let got = try await server.client.send(
                    HTTPClientRequest(.get, "\(server.url)\(url)"))
                #expect(try await got.body.collect(upTo: 10 << 20) == bytes)

                // A client that goes away in the middle leaves nothing behind.
                let socket = try server.connect()
                try socket.send(
                    "POST /api/v1/media?name=a.png HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + "\(token)\r\nContent-Length: 1000000\r\n\r\n")
                try socket.send(Samples.png + [UInt8](repeating: 0, count: 200_000))
                socket.finishSending()
                _ = try await socket.readToEnd()
                while desk.files.count > 1 { await Task.yield() }

                // Too much is said before any of it is sent.
                let large = try await server.exchange(
                    "POST /api/v1/media?name=a.png HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + "\(token)\r\nContent-Length: 99000000\r\nExpect: 100-continue\r\n\r\n")
                #expect(large.hasPrefix("HTTP/1.1 413"))
            }
        }
    }

    @Test func whatLiesAboutIsClearedAway() async throws {
        try await Desk.with { desk in
            let sent = try await desk.upload(Samples.png)
            let twin = try await desk.upload(Samples.png, name: "twin.png")
            let files = MediaStore(directory: desk.directory)
            let held = try await files.receive(random: SystemRandom())
            try await held.write([1])
            let orphan = desk.directory + "/incoming/orphan"
            #expect(FileManager.default.createFile(atPath: orphan, contents: Data([1])))
            // One is being written, the other's writer is gone.
            #expect(try await files.removeOrphans() == 1)
            #expect(desk.files.count == 2)

            let keeper = MediaKeeper(
                files: files, pool: desk.harness.context.pool, store: desk.harness.store,
                loop: desk.harness.context.loop, clock: desk.harness.clock,
                logger: desk.harness.context.logger)
            func delete(_ file: HarnessResponse) async throws {
                let id = file.json["id"]?.string ?? ""
                _ = try await desk.harness.call(.delete, "/api/v1/media/\(id)", as: .admin)
            }
            desk.harness.clock.time = Timestamp(
                seconds: Int64(Date().timeIntervalSince1970) + 7_200)
            try await delete(sent)
            // Another file has the same content.
            #expect(try await keeper.removeUnused() == 0)
            try await delete(twin)
            desk.harness.clock.advance(by: .seconds(-7_200))
            // Not yet: it has been there for less than an hour.
            #expect(try await keeper.removeUnused() == 0)
            desk.harness.clock.advance(by: .seconds(7_200))
            #expect(try await keeper.removeUnused() == 1)
            #expect(try await desk.violations().isEmpty)
            withExtendedLifetime(held) {}
        }
    }

    @Test func verifyFindsContentThatIsMissingOrChanged() async throws {
        try await Desk.with { desk in
            let first = try await desk.upload(Samples.png)
            let second = try await desk.upload(Samples.png + [1])
            func path(_ file: HarnessResponse) -> String {
                let digest = file.json["sha256"]?.string ?? ""
                return "\(desk.directory)/content/\(digest.prefix(2))/\(digest)"
            }
            #expect(try await desk.violations().isEmpty)
            try FileManager.default.removeItem(atPath: path(first))
            try Data(Samples.png + [2]).write(to: URL(fileURLWithPath: path(second)))
            let faults = try await desk.violations()
            #expect(faults.count == 2)
            #expect(faults.contains { $0.contains("is missing") })
            #expect(faults.contains { $0.contains("another digest") })
            #expect(try await desk.get(first.json["url"]?.string ?? "").status == 404)
            // What is brought again heals it.
            _ = try await desk.upload(Samples.png)
            _ = try await desk.upload(Samples.png + [1])
            #expect(try await desk.violations().isEmpty)
        }
    }
}
