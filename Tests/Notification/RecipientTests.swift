import EventStore
import EventTypes
import TestSupport
import Testing

@testable import NotificationService

@Suite struct RecipientTests {
    private let ann: UserID = SequentialIdentifiers.identifier(1)
    private let now = Timestamp(seconds: 1_767_225_600)
    private let off = Channels(inApp: false, email: false, live: false)
    private var address: SealedText { SealedText(subject: ann, box: "q83vEjRWeJA") }

    private func changed(_ items: [Preference]) -> RecipientEvent {
        .preferencesChanged(PreferencesChanged(userID: ann, items: items, changedAt: now))
    }

    @Test func whatChangesIsNoted() {
        let items = [
            Preference(type: "order_paid", channels: off),
            Preference(type: "welcome", channels: .all),
        ]
        let scene = given(Recipient.self).when(.prefer(ann, items, at: now))
            .then([changed([items[0]])])
        #expect(scene.state.channels(for: .notification(.orderPaid)) == off)
        #expect(scene.state.channels(for: .notification(.welcome)) == .all)
        scene.when(.prefer(ann, items, at: now)).thenNothing()
    }

    @Test func advertisingIsNotMailedUnasked() {
        #expect(!Recipient.initial.channels(for: .notification(.newOffers)).email)
    }

    @Test(arguments: ["withdrawal_requested", "withdrawal_approved", "withdrawal_paid"])
    func criticalMailCannotBeSwitchedOff(_ type: String) {
        let items = [
            Preference(type: "welcome", channels: off),
            Preference(type: type, channels: .onScreen),
        ]
        given(Recipient.self).when(.prefer(ann, items, at: now))
            .refuses(with: .emailRequired(index: 1, type: type))
        let quiet = [Preference(type: type, channels: .emailOnly)]
        given(Recipient.self).when(.prefer(ann, quiet, at: now)).then([changed(quiet)])
    }

    @Test func whatBecameCriticalIsMailedAgain() {
        let state = Recipient.fold([
            changed([Preference(type: "withdrawal_paid", channels: off)])
        ])
        #expect(state.channels(for: .notification(.withdrawalPaid)) == .emailOnly)
    }

    @Test func codesAreMailedAndNothingElse() {
        given(Recipient.self)
            .when(.prefer(ann, [Preference(type: "email_verification", channels: off)], at: now))
            .refuses(with: .emailRequired(index: 0, type: "email_verification"))
            .when(.prefer(ann, [Preference(type: "email_verification", channels: .all)], at: now))
            .refuses(with: .emailOnly(index: 0, type: "email_verification"))
    }

    @Test func whatIsUnknownOrThereTwiceIsRefused() {
        let paid = Preference(type: "order_paid", channels: .all)
        given(Recipient.self)
            .when(.prefer(ann, [paid, Preference(type: "gossip", channels: .all)], at: now))
            .refuses(with: .unknownType(index: 1))
            .when(.prefer(ann, [paid, paid], at: now)).refuses(with: .typeTwice(index: 1))
    }

    @Test func ofTheErasedNothingIsKept() {
        let noted = RecipientEvent.contactNoted(ContactNoted(userID: ann, address: address))
        let erased = given(Recipient.self, [noted]).when(.erase(ann))
            .then([.erased(RecipientErased(userID: ann))])
        #expect(erased.state == Recipient.State(isErased: true))
        erased.when(.erase(ann)).thenNothing()
        erased.when(.noteContact(ann, address)).thenNothing()
        erased.when(.prefer(ann, [], at: now)).refuses(with: .erased)
    }
}
