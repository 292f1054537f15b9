"""What is done to repairs inside the commands of this feature and of others."""
