/// Every published event type of the platform: what a consumer may meet on a topic.
public enum Contract {
    /// The events of each topic, in the order of the reference.
    public static let events: [(topic: Topic, types: [any PublishedEvent.Type])] = [
        (
            .userEvents,
            [
                UserRegistered.self, UserEmailVerified.self, UserSignedIn.self,
                UserKYCLevelChanged.self, UserRolesChanged.self, UserErased.self,
            ]
        ),
        (
            .catalogEvents,
            [
                CatalogMerchantRegistered.self, CatalogProductListed.self,
                CatalogOfferTermsPublished.self, CatalogOfferWithdrawn.self,
            ]
        ),
        (
            .cashbackEvents,
            [
                CashbackClickRecorded.self, CashbackConversionTracked.self,
                CashbackConversionPending.self, CashbackConversionApproved.self,
                CashbackConversionDeclined.self, CashbackConversionCredited.self,
                CashbackConversionClawedBack.self,
            ]
        ),
        (
            .walletEvents,
            [
                WalletTransactionPosted.self, WalletCashbackCredited.self,
                WalletCashbackClawedBack.self, WalletDepositSettled.self,
                WalletWithdrawalRequested.self, WalletWithdrawalApproved.self,
                WalletWithdrawalRejected.self, WalletWithdrawalPaid.self,
                WalletWithdrawalFailed.self,
            ]
        ),
        (
            .orderEvents,
            [
                OrderPlaced.self, OrderPaid.self, OrderFulfilled.self, OrderCancelled.self,
                OrderRefunded.self, OrderCheckoutFailed.self, OrderCartAbandoned.self,
            ]
        ),
        (
            .notificationEvents,
            [
                NotificationRaised.self, NotificationRead.self, NotificationEmailSent.self,
                NotificationEmailFailed.self,
            ]
        ),
        (
            .cmsEvents,
            [CMSDocumentPublished.self, CMSDocumentUnpublished.self, CMSMediaUploaded.self]
        ),
        (.analyticsEvents, [AnalyticsEventTracked.self]),
        (.emails, [EmailRequested.self]),
    ]
}
