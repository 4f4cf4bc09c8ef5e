import Database
import EventStore
import EventTypes
import Foundation
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

/// Files that come in, go out, and go away.
@Suite(.timeLimit(.minutes(10))) struct MediaTests {
    @Test func aFileIsServedAsWhatItIs() async throws {
        try await Desk.with { desk in
            let sent = try await desk.upload(Samples.png, name: "Cover é.png", type: "image/png")
            #expect(sent.status == 201, "\(sent.text)")
            #expect(sent.json["media_type"] == "image/png")
            #expect(sent.json["bytes"] == .integer(Int64(Samples.png.count)))
            let url = try #require(sent.json["url"]?.string)
            let digest = try #require(sent.json["sha256"]?.string)
            #expect(desk.files == ["content/\(digest.prefix(2))/\(digest)"])
            let got = try await desk.get(url)
            #expect(got.bytes == Samples.png)
            for (name, value) in [
                ("Content-Type", "image/png"), ("X-Content-Type-Options", "nosniff"),
                ("ETag", "\"\(digest)\""), ("Accept-Ranges", "bytes"),
                ("Cache-Control", "public, max-age=31536000, immutable"),
                (
                    "Content-Disposition",
                    "inline; filename=\"Cover _.png\"; filename*=UTF-8''Cover%20%C3%A9.png"
                ),
            ] {
                #expect(got.headers[name] == value, "\(name)")
            }
            #expect(got.headers["Content-Security-Policy"]?.contains("sandbox") == true)
            let known = try await desk.get(url, ["If-None-Match": "\"\(digest)\""])
            #expect(
                known.status == 304 && known.headers["Cache-Control"]?.contains("immutable") == true
            )
            #expect(try await desk.get(url + "x").status == 404)
            let list = try await desk.harness.call(.get, "/api/v1/media", as: .admin)
            #expect(list.json["items"]?[0]?["url"]?.string == url)
            #expect(
                try await desk.harness.published(CMSMediaUploaded.self).map(\.sha256) == [digest])
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func partsOfAFileAreServed() async throws {
        try await Desk.with { desk in
            let bytes = Samples.png + (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
            let url = try #require(try await desk.upload(bytes).json["url"]?.string)
            let tag = try #require(try await desk.get(url).headers["ETag"])
            let size = bytes.count
            for (field, range) in [
                ("bytes=0-9", 0..<10), ("bytes=\(size - 1)-", size - 1..<size),
                ("bytes=-5", size - 5..<size), ("bytes=10-\(size * 2)", 10..<size),
                ("bytes=-\(size * 2)", 0..<size),
            ] {
                let part = try await desk.get(url, ["Range": field])
                #expect(part.status == 206 && part.bytes == Array(bytes[range]), "\(field)")
                #expect(
                    part.headers["Content-Range"]
                        == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
            }
            for field in ["bytes=\(size)-", "bytes=-0"] {
                let none = try await desk.get(url, ["Range": field])
                #expect(none.status == 416)
                #expect(none.headers["Content-Range"] == "bytes */\(size)")
            }
            for field in ["bytes=5-1", "lines=1-2", "bytes=0-1,3-4", "bytes=a-b"] {
                #expect(try await desk.get(url, ["Range": field]).bytes == bytes, "\(field)")
            }
            let same = try await desk.get(url, ["Range": "bytes=0-9", "If-Range": tag])
            #expect(same.status == 206)
            let other = try await desk.get(url, ["Range": "bytes=0-9", "If-Range": "\"x\""])
            #expect(other.status == 200 && other.bytes == bytes)
        }
    }

    @Test(arguments: Samples.refused)
    func whatABrowserWouldRunIsNotTaken(_ name: String, _ text: [UInt8]) async throws {
        try await Desk.with(.memory) { desk in
            for type in ["application/octet-stream", "image/png"] {
                let answer = try await desk.upload(text, name: "a.png", type: type)
                #expect(answer.problem == "media-type-refused", "\(name): \(answer.text)")
            }
            #expect(desk.files.isEmpty)
            #expect(try await desk.harness.events().isEmpty)
        }
    }

    @Test(arguments: Samples.taken)
    func whatAFileIsIsToldByItsBytes(_ type: String, _ bytes: [UInt8]) async throws {
        try await Desk.with(.memory) { desk in
            let answer = try await desk.upload(bytes, name: "page.html", type: type + "; a=b")
            #expect(answer.json["media_type"]?.string == type, "\(answer.text)")
            let ending = try #require(MediaForm(rawValue: type)).endings[0]
            #expect(answer.json["name"]?.string == "page.html.\(ending)")
            let lie = type == "image/png" ? "image/gif" : "image/png"
            let wrong = try await desk.upload(bytes, name: "a", type: lie)
            #expect(wrong.problem == "media-type-mismatch")
            #expect(desk.files.count == 1)
        }
    }

    @Test(
        arguments: [
            ("a.png", "a.png"), ("A.PNG", "A.PNG"), ("photo", "photo.png"), ("a.jpg", "a.jpg.png"),
            ("e\u{301}.png", "\u{E9}.png"), ("日本.png", "日本.png"),
            ("a b (1).png", "a b (1).png"),
            ("..png", nil), (".htaccess", nil), ("..", nil), (".", nil), ("", nil), ("a.", nil),
            ("a ", nil), (" a", nil), ("-rf", nil), ("~a", nil), ("../a.png", nil),
            ("..\\a.png", nil), ("/etc/passwd", nil), ("C:\\a.png", nil), ("a/b.png", nil),
            ("a\u{2215}b.png", nil), ("a\u{FF0F}b.png", nil), ("a\u{0}.png", nil),
            ("a\n.png", nil), ("a\u{7F}.png", nil), ("a\u{202E}gnp.png", nil),
            ("a\u{200B}.png", nil), ("a\u{FEFF}.png", nil), ("a\u{E000}.png", nil), ("CON", nil),
            ("con.png", nil), ("nul .png", nil), ("LPT1.txt.png", nil),
            ("console.png", "console.png"),
            ("a<b>.png", nil), ("a\".png", nil), ("a|b.png", nil), ("a?.png", nil), ("a*.png", nil),
            ("a%2e.png", nil), ("a:b.png", nil),
            (
                String(repeating: "a", count: 176) + ".png",
                String(repeating: "a", count: 176) + ".png"
            ),
            (String(repeating: "a", count: 181), nil), (String(repeating: "é", count: 91), nil),
        ] as [(String, String?)])
    func namesAreSafe(_ name: String, _ kept: String?) {
        let normal = FileName.normalised(name)
        let result = FileName.fault(of: normal) == nil ? FileName.ending(normal, as: .png) : nil
        #expect(result.map { Array($0.utf8) } == kept.map { Array($0.utf8) })
    }

    @Test func aBadNameIsPointedAtAndNothingIsKept() async throws {
        try await Desk.with(.memory) { desk in
            for name in ["../../etc/passwd", "a\u{0}b", "", "CON"] {
                let answer = try await desk.upload(Samples.png, name: name)
                #expect(answer.status == 422 && answer.text.contains("`name`"), "\(answer.text)")
            }
            let none = try await desk.harness.call(
                .post, "/api/v1/media", as: .admin, raw: Samples.png, type: "image/png")
            #expect(none.status == 422)
            #expect(desk.files.isEmpty)
        }
    }

    @Test func onlyAdministratorsUpload() async throws {
        try await Desk.with(.memory) { desk in
            for (caller, status) in [
                (HarnessCaller.none, 401), (.customer(UserID(high: 1, low: 1)), 403),
                (.support, 403),
            ] {
                for (method, path) in [
                    (HTTPMethod.post, "/api/v1/media?name=a"), (.get, "/api/v1/media"),
                    (.delete, "/api/v1/media/01920000-0000-7000-8000-00000000ffff"),
                ] {
                    let answer = try await desk.harness.call(
                        method, path, as: caller, raw: Samples.png, type: "image/png")
                    #expect(answer.status.code == status, "\(method) \(path)")
                }
            }
            #expect(desk.files.isEmpty)
        }
    }

    @Test func aDeletedFileIsGone() async throws {
        try await Desk.with { desk in
            let sent = try await desk.upload(Samples.png)
            let id = try #require(sent.json["id"]?.string)
            let url = try #require(sent.json["url"]?.string)
            let path = "/api/v1/media/\(id)"
            #expect(try await desk.harness.call(.delete, path, as: .admin).status == 204)
            #expect(try await desk.get(url).problem == "gone")
            #expect(try await desk.harness.call(.get, path, as: .admin).problem == "gone")
            #expect(try await desk.harness.call(.delete, path, as: .admin).status == 204)
            let list = try await desk.harness.call(.get, "/api/v1/media", as: .admin)
            #expect(list.json["items"] == [])
            let unknown = "01920000-0000-7000-8000-00000000ffff"
            #expect(try await desk.get("/media/\(unknown)/a.png").status == 404)
            let none = try await desk.harness.call(
                .delete, "/api/v1/media/\(unknown)", as: .admin)
            #expect(none.status == 404)
        }
    }

    @Test func theSameKeyIsTheSameFile() async throws {
        try await Desk.with { desk in
            let first = try await desk.upload(Samples.png, key: "a")
            let again = try await desk.upload(Samples.png, key: "a")
            #expect(again.status == 201 && again.json["id"] == first.json["id"])
            let other = try await desk.upload(Samples.png + [0], key: "a")
            #expect(other.problem == "idempotency-key-reused")
            // Without a key it is another file with the same content, which lies there once.
            let twin = try await desk.upload(Samples.png)
            #expect(twin.json["id"] != first.json["id"])
            #expect(twin.json["sha256"] == first.json["sha256"])
        }
    }
}
