package hark

// schemaText is what the dialect publishes. No source names the types of the
// original, so these names are ours; its documented calls name none.
const schemaText = `
schema { query: Query mutation: Mutation }

# Where devices are sent to.
enum CountryCode { NO }

enum SubscriptionType { PERSONAL BUSINESS }

# HAN_LTEM is the device for 4G, HAN_WIFI the one for WiFi.
enum DeviceType { HAN_LTEM HAN_WIFI }

# ORDERED can be cancelled. IN_PROGRESS is being shipped. SHIPPED and CANCELLED are final.
enum OrderStatus { ORDERED IN_PROGRESS SHIPPED CANCELLED }

input PostalAddressInput {
  # At most 35 characters.
  addressLine1: String!
  # At most 35 characters.
  addressLine2: String
  # At most 35 characters.
  city: String!
  # 4 digits, with leading zeros.
  postalCode: String!
  country: CountryCode!
}

input RecipientInput {
  firstName: String!
  lastName: String!
  # At most 60 characters.
  email: String!
  # The national form, such as 99999999.
  phoneNumber: String!
  # Your own id of the customer.
  externalUserId: String!
  postalAddress: PostalAddressInput!
}

input OrderDeviceInput {
  recipient: RecipientInput!
  subscriptionType: SubscriptionType!
  type: DeviceType!
  # Is told of every change of the order's status.
  webhookCallbackUrl: String
}

input OrderInput { orderId: String! }
input CancelOrderInput { orderId: String! }
input OrdersForUserInput { externalUserId: String! }

type PostalAddress {
  addressLine1: String!
  addressLine2: String
  city: String!
  postalCode: String!
  country: CountryCode!
}

type Recipient {
  firstName: String!
  lastName: String!
  email: String!
  phoneNumber: String!
  externalUserId: String
  postalAddress: PostalAddress!
}

type DeviceOrder {
  orderId: String!
  orderStatus: OrderStatus!
  intermediaryId: String
  # ISO 8601, in UTC with milliseconds.
  updatedAt: String!
  subscriptionType: SubscriptionType!
  type: DeviceType!
  recipient: Recipient!
  # 8 characters; null until the order is SHIPPED.
  deviceId: String
  # null until the order is SHIPPED.
  trackingLink: String
  webhookCallbackUrl: String
}

type OrderDeviceResponse {
  order: DeviceOrder!
  # The recipient's orders, newest first, the new one included; at most 1000.
  ordersForUser: [DeviceOrder!]!
}

type OrdersForUserResponse {
  # Newest first, at most 1000.
  orders: [DeviceOrder!]!
}

type Query {
  order(input: OrderInput!): DeviceOrder
  ordersForUser(input: OrdersForUserInput!): OrdersForUserResponse!
}

type Mutation {
  orderDevice(input: OrderDeviceInput!): OrderDeviceResponse!
  # Only an order that is ORDERED can be cancelled.
  cancelOrder(input: CancelOrderInput!): DeviceOrder!
}
`
