import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10))) struct MailerTests {
    @Test func aCodeIsSentOnceHoweverOftenItIsRequested() async throws {
        try await MailScene.with { scene in
            try await scene.sending {
                let id = try await scene.request()
                try await scene.request(id: id)
                try await scene.wait(for: .sent, of: id)
                try await scene.request(id: id)
            }
            let letter = try #require(scene.server.letters.first)
            #expect(scene.server.letters.count == 1)
            #expect(letter.recipient == "ann@example.org")
            #expect(letter.sender == "no-reply@souk.example")
            #expect(letter.text.contains("    123456\r\n"))
            let sent = try await scene.harness.published(NotificationEmailSent.self)
            #expect(sent.map(\.template) == ["email_verification"])
            #expect(try await scene.violations().isEmpty)
            #expect(try await scene.messages()["items"]?[0]?["state"] == "sent")
            let log = "\(scene.harness.log.records)"
            #expect(!log.contains("ann@example.org") && !log.contains("123456"))
        }
    }

    @Test func manyAreSentAtOnceAndEachOnce() async throws {
        try await MailScene.with { scene in
            let count = 100
            try await scene.sending {
                var ids: [EventID] = []
                for number in 0..<count {
                    ids.append(try await scene.request(to: "user\(number)@example.org"))
                }
                for id in ids { try await scene.wait(for: .sent, of: id) }
            }
            #expect(Set(scene.server.letters.map(\.recipient)).count == count)
            #expect(scene.server.letters.count == count)
            #expect(scene.server.connections <= 8)
            #expect(try await scene.violations().isEmpty)
        }
    }

    @Test func whatIsPutOffIsTriedAgainWhenItIsDue() async throws {
        let refusals = Mutex(2)
        try await MailScene.with(script: { step, _ in
            guard case .command(let line) = step, line.hasPrefix("RCPT") else { return nil }
            let isRefused = refusals.withLock { left in
                left -= 1
                return left >= 0
            }
            return isRefused ? .say("451 greylisted") : nil
        }) { scene in
            let timers = try scene.timers()
            try await scene.sending {
                let id = try await scene.request()
                for _ in 0..<2 {
                    try await scene.wait(for: .deferred, of: id)
                    let shown = try await scene.messages("deferred")["items"]?[0]
                    #expect(shown?["reason"] == "server_busy" && shown?["reply_code"] == 451)
                    #expect(shown?["due_at"]?.string != nil)
                    try await timers.handleDue()
                }
                try await scene.wait(for: .sent, of: id)
            }
            #expect(scene.server.letters.count == 1)
            #expect(try await scene.messages()["items"]?[0]?["attempts"] == 3)
            #expect(try await scene.violations().isEmpty)
        }
    }

    @Test func whatTheServerRefusesFails() async throws {
        try await MailScene.with(script: { step, _ in
            guard case .command(let line) = step, line.hasPrefix("RCPT") else { return nil }
            return .say("550 no such user ann@example.org")
        }) { scene in
            let id = try await scene.request()
            try await scene.sending { try await scene.wait(for: .failed, of: id) }
            let failed = try await scene.harness.published(NotificationEmailFailed.self)
            #expect(failed.map(\.reason) == ["refused_by_server"])
            let log = "\(scene.harness.log.records)"
            #expect(!log.contains("ann@example.org"))
        }
    }

    @Test func whatMayHaveLeftIsNeverSentAgain() async throws {
        try await MailScene.with(script: { step, _ in
            if case .text = step { .hangUp } else { nil }
        }) { scene in
            let timers = try scene.timers()
            let id = try await scene.request()
            try await scene.sending { try await scene.wait(for: .uncertain, of: id) }
            // A new start, with whatever timers there are.
            try await timers.handleDue()
            try await scene.sending {
                let other = try await scene.request("account_exists", values: [:])
                try await scene.wait(for: .uncertain, of: other)
            }
            #expect(scene.server.commands.count { $0 == "DATA" } == 2)
            #expect(try await scene.messages("uncertain")["items"]?.array?.count == 2)
            #expect(try await scene.violations().isEmpty)
        }
    }

    /// What is left of a program that was killed between its record and the server's answer.
    @Test func anAttemptWithoutAnOutcomeIsUncertain() async throws {
        try await MailScene.with { scene in
            let id = try await scene.request()
            let token: EventID = scene.harness.ids.next()
            let now = scene.harness.clock.now()
            try await scene.harness.store.commit(
                CommandContext(correlationID: scene.harness.ids.next())
            ) { unit in
                try await unit.decide(EmailMessage.self, id, .attempt(token: token, at: now))
                unit.schedule(
                    TimerRequest(
                        kind: EmailProcess.checkTimer, key: "\(id)", due: now,
                        payload: try JSON.encode(token)))
            }
            let timers = try scene.timers()
            try await scene.sending {
                try await timers.handleDue()
                try await scene.wait(for: .uncertain, of: id)
            }
            #expect(scene.server.letters.isEmpty)
            #expect(try await scene.messages()["items"]?[0]?["reason"] == "process_ended")
            let failed = try await scene.harness.published(NotificationEmailFailed.self)
            #expect(failed.map(\.reason) == ["process_ended"])
        }
    }

    @Test func theErasedAreSentNothing() async throws {
        try await MailScene.with { scene in
            try await scene.register(MailScene.ann, "ann@example.org")
            try await scene.register(MailScene.bob, "bob@example.org")
            let code = try await scene.request()
            let other = try await scene.request(of: MailScene.bob, to: "bob@example.org")
            // Of the one there is word, of the other only the key is gone.
            try await scene.harness.deliver(UserErased(userID: MailScene.ann), of: .userEvents)
            scene.harness.subjectKeys.destroy(MailScene.bob)
            try await scene.sending {
                try await scene.wait(for: .failed, of: code)
                try await scene.wait(for: .failed, of: other)
            }
            #expect(scene.server.connections == 0)
            let items = try await scene.messages("failed")["items"]?.array ?? []
            #expect(items.map { $0["reason"] } == ["recipient_erased", "recipient_erased"])
            #expect(items.last?["user_id"] == nil || items.last?["user_id"] == .null)
        }
    }

    @Test func codesThatAreTooOldAndTemplatesThatNobodyHasFail() async throws {
        try await MailScene.with { scene in
            let old = try await scene.request()
            scene.harness.clock.advance(by: .seconds(16 * 60))
            let unknown = try await scene.request("no_such_template")
            let incomplete = try await scene.request(values: [:])
            let wrong = try await scene.request(to: "ann@example.org\r\nRCPT TO:<b@example.org>")
            try await scene.sending {
                for id in [old, unknown, incomplete, wrong] {
                    try await scene.wait(for: .failed, of: id)
                }
            }
            let items = try await scene.messages()["items"]?.array ?? []
            #expect(
                items.map { $0["reason"] } == [
                    "address_malformed", "value_missing", "unknown_template", "expired",
                ])
            #expect(scene.server.connections == 0)
        }
    }

    @Test func aNotificationIsMailedOnceItsRecipientIsKnown() async throws {
        try await MailScene.with { scene in
            let timers = try scene.timers()
            try await scene.harness.deliver(OrderFulfilled.of(MailScene.ann), of: .orderEvents)
            let raised = try #require(
                try await scene.harness.published(NotificationRaised.self).first)
            let message = EventID.email(of: raised.notificationID)
            try await scene.sending {
                try await scene.wait(for: .deferred, of: message)
                try await scene.register(MailScene.ann, "ann@example.org")
                try await timers.handleDue()
                try await scene.wait(for: .sent, of: message)
            }
            let letter = try #require(scene.server.letters.first)
            #expect(letter.recipient == "ann@example.org")
            #expect(letter.text.contains("Message-ID: <\(message)@souk.example>"))
            #expect(try await scene.violations().isEmpty)
        }
    }

    @Test func supportHasALostMessageSentAgainKnowingly() async throws {
        let isLost = Mutex(true)
        try await MailScene.with(script: { step, _ in
            guard case .text = step else { return nil }
            return isLost.withLock { lost in
                defer { lost = false }
                return lost ? .hangUp : nil
            }
        }) { scene in
            func resend(
                _ id: EventID, as caller: HarnessCaller = .support, key: HarnessKey = .none,
                reason: String = "she says that nothing came"
            ) async throws -> HarnessResponse {
                try await scene.harness.call(
                    .post, "/api/v1/messages/\(id)/resend", as: caller,
                    body: ["reason": .string(reason)], key: key)
            }
            try await scene.sending {
                let id = try await scene.request()
                try await scene.wait(for: .uncertain, of: id)
                #expect(try await resend(id, as: .customer(MailScene.ann)).status == 403)
                #expect(try await resend(id, reason: "").faults == ["/reason"])
                #expect(try await resend(scene.harness.ids.next()).problem == "not-found")
                for _ in 0..<2 {
                    let answer = try await resend(id, key: "resend-1")
                    #expect(answer.json["state"] == "requested" && answer.json["attempts"] == 1)
                }
                try await scene.wait(for: .sent, of: id)
                #expect(try await resend(id).problem == "message-certain")
                #expect(try await scene.messages("sent")["items"]?[0]?["attempts"] == 2)
            }
            #expect(scene.server.letters.count == 1)
            let orders = try await scene.harness.events().filter {
                $0.type == EmailSentAgain.eventType
            }
            #expect(orders.count == 1)
            #expect(orders.first?.metadata.actor?.contains("user") == true)
            #expect(try await scene.violations().isEmpty)
        }
    }
}

extension OrderFulfilled {
    static func of(_ user: UserID) -> OrderFulfilled {
        OrderFulfilled(
            orderID: SequentialIdentifiers.identifier(700), userID: user,
            fulfilledAt: Timestamp(seconds: 1_767_225_600))
    }
}
