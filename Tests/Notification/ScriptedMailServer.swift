internal import Glibc
internal import Runtime
internal import Synchronization
internal import TestSupport

/// What a client does on a connection, in order.
enum MailStep: Sendable {
    case connected
    /// A command line without its end.
    case command(String)
    /// The text of a message, as it came, without the dot that ends it.
    case text(String)
}

enum MailAnswer: Sendable {
    case say(String)
    case sayAndHangUp(String)
    /// Closes without a word.
    case hangUp
    /// Answers nothing and waits.
    case silence
}

/// A small mail server (RFC 5321) on a free port that says what a test wants it to.
final class ScriptedMailServer: Sendable {
    /// - Returns: nil for what any server would say.
    typealias Script = @Sendable (_ step: MailStep, _ connection: Int) -> MailAnswer?

    struct Letter: Sendable {
        let sender: String
        let recipient: String
        let text: String
    }

    private struct State {
        var letters: [Letter] = []
        var commands: [String] = []
        var connections = 0
        var open: Set<Int32> = []
    }

    let port: Int
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    /// Those that it took.
    var letters: [Letter] { state.withLock { $0.letters } }
    var commands: [String] { state.withLock { $0.commands } }
    var connections: Int { state.withLock { $0.connections } }

    static func with<R>(
        _ script: @escaping Script = { _, _ in nil },
        _ body: (ScriptedMailServer) async throws -> R
    ) async throws -> R {
        let server = try ScriptedMailServer(script)
        NamedThread.start("mail-listener") { server.accept() }
        defer { server.close() }
        return try await body(server)
    }

    private init(_ script: @escaping Script) throws {
        self.script = script
        (listener, port) = try LoopbackServer.listeningSocket()
    }

    private func close() {
        // The thread that accepts wakes up and closes it: closed here, its number could already be
        // another server's when that thread comes back to it.
        shutdown(listener, Int32(SHUT_RDWR))
        // Threads that read wake up; each closes its own.
        for descriptor in state.withLock({ $0.open }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func accept() {
        defer { Glibc.close(listener) }
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0 { return }
            let number = state.withLock { state in
                state.connections += 1
                state.open.insert(descriptor)
                return state.connections
            }
            NamedThread.start("mail-connection") { [self] in
                Conversation(descriptor, number, self).run()
                state.withLock { _ = $0.open.remove(descriptor) }
                Glibc.close(descriptor)
            }
        }
    }

    // MARK: One connection

    private final class Conversation {
        let descriptor: Int32
        let number: Int
        let server: ScriptedMailServer
        var buffer: [UInt8] = []
        var sender = ""
        var recipient = ""

        init(_ descriptor: Int32, _ number: Int, _ server: ScriptedMailServer) {
            self.descriptor = descriptor
            self.number = number
            self.server = server
        }

        func run() {
            guard answer(.connected, "220 scripted ESMTP") != nil else { return }
            while let line = line() {
                server.state.withLock { $0.commands.append(line) }
                guard let code = answer(.command(line), usual(line)) else { return }
                if line == "QUIT" { return }
                if line == "DATA", code.hasPrefix("354") {
                    guard let text = text() else { return }
                    let letter = Letter(sender: sender, recipient: recipient, text: text)
                    let isSaid = answer(.text(text), "250 taken") { [server] code in
                        // Before the client can know.
                        guard code.hasPrefix("2") else { return }
                        server.state.withLock { $0.letters.append(letter) }
                    }
                    if isSaid == nil { return }
                }
            }
        }

        private func usual(_ line: String) -> String {
            if line.hasPrefix("EHLO") { return "250-scripted\r\n250-8BITMIME\r\n250 SIZE 1000000" }
            if line.hasPrefix("MAIL FROM:") { sender = inBrackets(line) }
            if line.hasPrefix("RCPT TO:") { recipient = inBrackets(line) }
            return line == "DATA" ? "354 go on" : line == "QUIT" ? "221 bye" : "250 ok"
        }

        private func inBrackets(_ line: String) -> String {
            String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
        }

        /// - Parameter before: told what is about to be said.
        /// - Returns: what was said; nil when the connection is over.
        private func answer(
            _ step: MailStep, _ usual: String, _ before: (String) -> Void = { _ in }
        ) -> String? {
            switch server.script(step, number) {
            case .say(let text):
                before(text)
                return send(text)
            case .sayAndHangUp(let text):
                _ = send(text)
                return nil
            case .hangUp: return nil
            case .silence:
                while receive() {}
                return nil
            case nil:
                before(usual)
                return send(usual)
            }
        }

        private func send(_ text: String) -> String? {
            let bytes = Array((text + "\r\n").utf8)
            let sent = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            return sent == bytes.count ? text : nil
        }

        private func line() -> String? {
            guard let end = find("\r\n") else { return nil }
            defer { buffer.removeFirst(end + 2) }
            return String(decoding: buffer[..<end], as: UTF8.self)
        }

        private func text() -> String? {
            guard let end = find("\r\n.\r\n") else { return nil }
            defer { buffer.removeFirst(end + 5) }
            return String(decoding: buffer[..<(end + 2)], as: UTF8.self)
                .replacing("\r\n..", with: "\r\n.")
        }

        private func find(_ mark: String) -> Int? {
            let mark = Array(mark.utf8)
            while true {
                if let range = buffer.firstRange(of: mark) { return range.lowerBound }
                guard receive() else { return nil }
            }
        }

        private func receive() -> Bool {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return false }
            buffer += chunk[..<count]
            return true
        }
    }
}
