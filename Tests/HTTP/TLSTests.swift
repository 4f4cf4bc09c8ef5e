import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    /// Runs a program of the system to its end.
    private func run(_ words: String...) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// A server with a certificate for `localhost` that only its own file vouches for.
    private func withServer(
        _ body: (_ port: Int, _ certificate: String, _ loop: EventLoop) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "souk-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "key.pem").path
        let certificate = folder.appending(path: "certificate.pem").path
        let made = try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate)
        #expect(made.status == 0)
        let loop = EventLoop(name: "tls")
        defer { loop.stop() }
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(
                port: 0,
                tls: TLSConfiguration(certificateChainFile: certificate, privateKeyFile: key)),
            loops: [loop], logger: .silent, metrics: Metrics(),
            handler: { _ in HTTPResponse(.ok, body: .bytes(Array("sealed".utf8))) })
        let lifecycle = Lifecycle()
        async let done: Void = server.run(lifecycle)
        await lifecycle.waitUntilReady()
        do {
            try await body(server.port, certificate, loop)
        } catch {
            lifecycle.requestShutdown()
            try await done
            throw error
        }
        lifecycle.requestShutdown()
        try await done
    }

    @Test func ourClientVerifiesWhomItSpeaksTo() async throws {
        try await withServer { port, certificate, loop in
            let trusting = HTTPClient(loop: loop, trust: .file(certificate))
            let response = try await trusting.send(
                HTTPClientRequest(.get, "https://localhost:\(port)/"))
            #expect(try await response.body.collect(upTo: 100) == Array("sealed".utf8))
            await trusting.close()
            let careful = HTTPClient(loop: loop)
            await #expect(throws: HTTPClientError.self) {
                _ = try await careful.send(
                    HTTPClientRequest(.get, "https://localhost:\(port)/"))
            }
            await careful.close()
        }
    }

    @Test func openSSLsOwnClientIsServed() async throws {
        try await withServer { port, certificate, _ in
            let answer = try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result {
                            try run(
                                "sh", "-c",
                                "printf 'GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: "
                                    + "close\\r\\n\\r\\n' | openssl s_client -quiet "
                                    + "-verify_return_error -CAfile \(certificate) "
                                    + "-servername localhost -connect localhost:\(port)")
                        })
                }
            }
            #expect(answer.output.hasSuffix("sealed"), "\(answer.output)")
        }
    }
}
