"""RemoteAPI, the door for machines: webhooks come in, monitoring looks in. A key in place of an admin."""
